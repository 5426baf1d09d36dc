"""The API against its own description: schemathesis makes calls good and bad, nothing may break or answer otherwise.

Seeded and bounded: a few examples per operation and kind; the drill asks for many more.
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from domain.api_tokens import ApiScope
from domain.people import Privacy, Role
from handlers.api.tokens import NewToken, Tokens
from storage import Database
from tests.api.conftest import opened
from tests.conftest import FakeClock
from web.api.operations import OPERATIONS

EXAMPLES = 60 if os.environ.get("HYPOTHESIS_PROFILE") == "drill" else 4
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
)


@dataclass
class Served:
    """An API on a port of its own, in a thread of its own: schemathesis calls it like anybody."""

    url: str
    token: str


@pytest.fixture(scope="module")
def served(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("api")
    (folder / "test.db").write_bytes(migrated_file.read_bytes())
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        database = Database.open(f"sqlite+aiosqlite:///{folder / 'test.db'}")
        lab, app = await opened(database, FakeClock(), folder)
        async with lab.scopes.writing(lab.portal.id) as scope:
            new = NewToken("fuzz", (ApiScope.ADMIN,), Privacy.ALL, Role.SUPPORT, by_operator=True)
            _row, found["token"] = await Tokens(lab.scopes).issue(scope, new)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        found["url"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await stop.wait()
        await runner.cleanup()
        await lab.house.webhooks.close()
        await database.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    yield Served(found["url"], found["token"])
    loop.call_soon_threadsafe(stop.set)
    thread.join(20)
    loop.close()


@pytest.fixture(scope="module")
def described(served: Served) -> Any:
    return schemathesis.openapi.from_url(f"{served.url}/api/openapi.json")


@pytest.mark.parametrize("mode", GenerationMode)
def test_nothing_breaks_and_all_is_as_described(served: Served, described: Any, mode: GenerationMode) -> None:
    for operation_id in (one.id for one in OPERATIONS):
        operation = described.find_operation_by_id(operation_id)
        if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
            continue
        _try(operation.as_strategy(generation_mode=mode), served)


def _can_be_wrong(operation: Any) -> bool:
    """Whether there is anything in a call that could be wrong."""
    return bool(operation.body or operation.path_parameters or operation.query)


def _try(cases: SearchStrategy[Any], served: Served) -> None:
    @given(case=cases)
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any) -> None:
        case.call_and_validate(
            base_url=f"{served.url}/api/v1",
            headers={"Authorization": f"Bearer {served.token}"},
            checks=CHECKS,
        )

    run()
