"""A real database for every test that asks for one: SQLite and PostgreSQL, migrated once, copied per test."""

import asyncio
import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings
from sqlalchemy import make_url

from sandbox.hotel import house
from storage import Database, migrate
from tests.books import Kept

# Each test leaves a wired house behind; looking for garbage after every 700 objects costs a tenth of the gate.
gc.set_threshold(50_000, 20, 20)
settings.register_profile("gate", max_examples=60, deadline=None)
settings.register_profile("drill", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))

_LONGEST_FIRST = ("sync", "stories", "browser", "app", "bot")
"""Rooms whose files take longest: a long one begun last leaves the other worker idle."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of the slow rooms first, each in its own order."""
    rank = {room: place for place, room in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: rank.get(item.path.parent.name, len(rank)))


@pytest.fixture(scope="session", autouse=True)
def _one_building_of_books() -> Iterator[None]:
    """Whoever opens the stand-in hotel gets books of his own, built once per process."""
    kept = Kept(house.build)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "build", kept)
        yield


_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_numbers = count(1)


def _binaries() -> Path | None:
    """The newest of pgserver's wheel and Debian's packages; None when neither is there."""
    wheel = find_spec("pgserver")  # only its binaries are wanted, so it is never imported
    if wheel is not None and wheel.origin is not None:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    return _DEBIAN[0] if _DEBIAN else None


@dataclass(frozen=True)
class Server:
    """A PostgreSQL of this test session, reached by its socket only."""

    socket_dir: str

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self.socket_dir}"

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(user="postgres", database="postgres", host=self.socket_dir)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def clone(self) -> str:
        """The URL of a fresh, migrated database."""
        name = f"test_{next(_numbers)}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE migrated STRATEGY file_copy")
        return self.url(name)

    async def drop(self, url: str) -> None:
        await self.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server | None]:
    """One server per test session, its durability switched off: it lives as long as the tests."""
    binaries = _binaries()
    if binaries is None:
        yield None
        return
    # Short: a socket's path may not exceed 107 characters.
    home = Path(tempfile.mkdtemp(prefix="cpg"))
    as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(home, "nobody", "nogroup")
    _call(
        binaries / "initdb", "-D", home / "d", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", **as_user
    )
    options = f"-k {home} -h '' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    log = home / "log"
    _call(binaries / "pg_ctl", "-D", home / "d", "-w", "-l", log, "-o", options, "start", **as_user)
    try:
        server = Server(str(home))
        asyncio.run(server.run("CREATE DATABASE migrated"))
        asyncio.run(migrate(server.url("migrated")))
        yield server
    finally:
        _call(binaries / "pg_ctl", "-D", home / "d", "-m", "immediate", "stop", **as_user)
        shutil.rmtree(home)


def _call(*command: object, **options: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, **options)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the whole schema and nothing in it."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    shutil.copy(migrated_file, tmp_path / "test.db")
    return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
async def postgres_url(postgres_server: Server | None) -> AsyncIterator[str]:
    """A fresh migrated PostgreSQL database."""
    if postgres_server is None:
        pytest.skip("no PostgreSQL here: neither pgserver's wheel nor Debian's binaries")
    url = await postgres_server.clone()
    yield url
    await postgres_server.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database, once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    """The same, opened."""
    database = Database.open(db_url)
    yield database
    await database.close()


class FakeClock:
    """A clock that stands until it is pushed."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def push(self, **span: float) -> datetime:
        """Move on, as timedelta's arguments say."""
        self.now += timedelta(**span)
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    """Friday 20 November 2026, noon in Moscow."""
    return FakeClock()
