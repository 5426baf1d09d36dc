"""`concierge demo`: the product on its embedded default, with stand-ins for everything outside.

The stand-ins run in a process of their own, so that all traffic is real HTTP; the service runs in this one. What
people did lasts in `var/demo` between runs.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import indent

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from app.commands.service import after_crash
from app.logs import configure
from app.presence import AlreadyRunningError, Presence
from app.sandboxes import DEMO_BUCKET, DEMO_LEAK_PER_S
from app.service import Service
from app.settings import Settings, load_settings
from app.wiring import House, build
from bot.texts import text
from storage import runs, work_orders

FOLDER = Path("var/demo")
READY_S = 60.0
TAG = re.compile(r"</?\w+>")
console = Console(highlight=False, soft_wrap=True)

CONFIG = """\
# The demo's configuration: the stand-ins on port {port}. A real one looks the same with real addresses.
[service]
port = 0
database_url = "sqlite+aiosqlite:///{folder}/concierge.db"
files = "{folder}/files"

[bitrix24]
webhook_url = "http://127.0.0.1:{port}/rest/1/sandboxwebhook00/"
bot_token = "demo-bot-token"
support_users = [2, 3]
managers = [4]
poll_seconds = 0.8
rest_seconds = 1.5
bucket_capacity = {capacity}
calls_per_second = {rate}

[telegram]
token = "123456:sandbox"
api_url = "http://127.0.0.1:{port}/telegram"
support_chat = -1002000000001
managers_chat = -1002000000002

[[people]]
user = 1
role = "admin"

[[people]]
user = 5
role = "front_desk"

[[people]]
user = 6
role = "front_desk"

[[hotels]]
code = "GRAND"
name = "Гранд Отель"
currency = "RUB"
rooms = 140
morning_at = "08:00"
[hotels.source]
kind = "suite8"
url = "http://127.0.0.1:{port}/hotel/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler?ic=XX"
username = "XMLINTERFACE"
password = "sandbox"
vendor = "Suite8"
postings = true
[[hotels.sources]]
kind = "fias"
url = "tcp://127.0.0.1:{fias_port}"
[hotels.sync]
every_minutes = 1
days_back = 500
days_ahead = 500
"""


def run(port: int, *, fresh: bool) -> int:
    """Run the demo until Ctrl-C; 2 when the port is taken or a demo runs already."""
    configure("console", "WARNING")
    if fresh:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / "concierge.toml"
    fias_port = _some_port()
    config.write_text(_config(port, fias_port), encoding="utf-8")
    settings = load_settings(config)
    presence = Presence(settings.service.database_url)
    try:
        presence.take()
    except AlreadyRunningError:
        console.print(_say("demo-runs-already"), style="red")
        return 2
    try:
        return asyncio.run(_run(port, fias_port, settings, config))
    finally:
        presence.release()


def _config(port: int, fias_port: int) -> str:
    return CONFIG.format(
        port=port, fias_port=fias_port, folder=FOLDER, capacity=DEMO_BUCKET, rate=DEMO_LEAK_PER_S
    )


def _some_port() -> int:
    """A port for the hotel's live link: nobody types it, so any free one will do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _language() -> str:
    """Russian, unless this terminal is an English one."""
    wanted = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "en" if wanted.startswith("en") else "ru"


def _say(key: str, **params: object) -> str:
    return text(key, _language(), **params)


async def _run(port: int, fias_port: int, settings: Settings, config: Path) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(name, stop.set)
    try:
        async with contextlib.AsyncExitStack() as stack:
            with console.status(_say("demo-starting" if _seen() else "demo-first-start")):
                await stack.enter_async_context(stand_ins(port, fias_port))
                await after_crash(settings)
                house = await build(settings)
                service = Service(house)
                await service.start()
            _welcome(port, config)
            watching = asyncio.create_task(_first_sync(house))
            await stop.wait()
            console.print(_say("demo-stopping"))
            watching.cancel()
            await service.stop()
    except StandInsError as error:
        console.print(f"[red]{error}[/]")
        return 2
    return 0


class StandInsError(Exception):
    """The stand-ins didn't come up."""


@contextlib.asynccontextmanager
async def stand_ins(port: int, fias_port: int) -> AsyncIterator[None]:
    """The sandbox as a process of its own while the block runs; what it complains of is in `sandbox.log`."""
    _want_free(port)
    ports = ["--port", str(port), "--fias-port", str(fias_port)]
    with (FOLDER / "sandbox.log").open("wb") as complaints:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own module; started once, before anything else runs
            [sys.executable, "-m", "app", "sandbox", "all", *ports, "--database", str(FOLDER)],
            stdin=subprocess.PIPE,  # its other end is our life: it closes however we end
            stderr=complaints,
            start_new_session=True,  # Ctrl-C stops us first, then we stop it
        )
    try:
        await _until_ready(process, port)
        yield
    finally:
        process.terminate()
        if process.stdin:
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, 15)


def _want_free(port: int) -> None:
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError as error:
            raise StandInsError(_say("demo-port-taken", port=str(port))) from error


async def _until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(int(READY_S / 0.2)):
            if process.poll() is not None:
                said = (FOLDER / "sandbox.log").read_text(encoding="utf-8", errors="replace").strip()
                raise StandInsError(said or "the sandbox ended at once")
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/_sandbox/page.json") as answer:
                    if answer.status == 200 and process.poll() is None:
                        return
            await asyncio.sleep(0.2)
    raise StandInsError(f"the sandbox isn't ready after {READY_S:.0f} s")


def _seen() -> bool:
    """Whether a demo ran here before: the first start builds the hotel from its bookings."""
    return (FOLDER / "hotel.db").exists()


def _welcome(port: int, config: Path) -> None:
    console.print()
    console.print(f"  [bold]http://127.0.0.1:{port}/[/]   {_say('demo-open')}")
    console.print(f"  {config}   {_say('demo-config')}", style="dim")
    console.print(f"  Ctrl-C   {_say('demo-ctrl-c')}", style="dim")
    console.print()


async def _first_sync(house: House) -> None:
    """The first sync, once in the demo's life, with its progress on the terminal."""
    hotel = house.portal.hotels[0]
    async with house.db.reading() as tx:
        if await runs.last(tx, hotel.id, 1):
            return
    async with house.scopes.writing(house.portal.id) as scope:
        order_id = await house.syncs.order(scope, hotel, "full")
    order = await _show_progress(house, order_id)
    if order is not None:
        async with house.scopes.reading(house.portal.id) as scope:
            report = (await house.syncs.cards.report(scope.speaking(_language()), order, hotel, None)).text
        console.print(indent(TAG.sub("", report), "  ") + "\n", markup=False)


class _DoneColumn(ProgressColumn):
    """«4 000 / 9 980»; while the total is unknown, only what is done."""

    def render(self, task: Task) -> Text:
        numbers = [int(task.completed), int(task.total)] if task.total else [int(task.completed)]
        return Text(" / ".join(f"{number:,}".replace(",", " ") for number in numbers), "progress.download")


async def _show_progress(house: House, order_id: int) -> work_orders.Order | None:
    """A bar until the order is done; the order as it ended, None when it is gone."""
    columns = (TextColumn("  {task.description}"), BarColumn(), _DoneColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(_say("sync-phase-reading"), total=None)
        while True:
            async with house.db.reading() as tx:
                order = await work_orders.load(tx, order_id)
            if order is None or order.result is not None:
                return order
            progress = order.progress or {}
            bar.update(
                task,
                description=_say(f"sync-phase-{progress.get('phase', 'reading')}"),
                completed=progress.get("done", 0),
                total=progress.get("total") or None,
            )
            await asyncio.sleep(0.3)
