"""Serves the stand-ins: each by itself for `concierge sandbox`, all three under one port for the demo."""

import asyncio
import signal
import sys
from dataclasses import replace
from pathlib import Path

from aiohttp import web
from rich.console import Console

console = Console(stderr=True, highlight=False)
KINDS = ("portal", "hotel", "telegram")
CLOUD = "cloud"
HOTEL_PACE_S = 20.0
DEMO_BUCKET, DEMO_LEAK_PER_S = 250, 5.0
"""The demo's portal has the documented limits of an Enterprise plan: the bot is asked more often there."""
TELEGRAM, HOTEL, OHIP = "/telegram", "/hotel", "/ohip"


def serve(
    kind: str,
    port: int,
    database: Path | None,
    fias_port: int | None = None,
    exports: Path | None = None,
) -> int:
    """Serve one stand-in until interrupted; 2 on an unknown kind.

    ``fias_port``: the hotel's IFC8 listens there. ``exports``: the folder the hotel writes its export files to.
    """
    if kind not in {*KINDS, CLOUD, "all"}:
        console.print(f"[red]unknown stand-in {kind!r}: use one of {', '.join((*KINDS, CLOUD))}[/]")
        return 2
    try:
        asyncio.run(_serve(kind, port, database, fias_port, exports))
    except OSError as error:
        console.print(f"[red]port {port}: {error.strerror}. Choose another with --port.[/]")
        return 2
    return 0


class _Lifeline(asyncio.Protocol):
    """The demo holds the other end of our standard input: when that ends, however it ended, so do we."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._stop.set()


async def _serve(
    kind: str, port: int, database: Path | None, fias_port: int | None, exports: Path | None
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if kind == "all":
        await loop.connect_read_pipe(lambda: _Lifeline(stop), sys.stdin)
    if database is not None:
        await asyncio.to_thread(database.parent.mkdir, parents=True, exist_ok=True)
    app = _demo(database, fias_port) if kind == "all" else _alone(kind, database, fias_port, exports)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    console.print(_greeting(kind, runner.addresses[0][1]))
    if fias_port is not None and kind in ("hotel", "all"):
        console.print(f"FIAS: tcp://127.0.0.1:{fias_port}")
    await stop.wait()
    await runner.cleanup()


def _demo(folder: Path | None, fias_port: int | None) -> web.Application:
    return whole_demo(
        folder, bucket_capacity=DEMO_BUCKET, bucket_leak_per_s=DEMO_LEAK_PER_S, fias_port=fias_port
    )


def _greeting(kind: str, port: int) -> str:
    base = f"http://127.0.0.1:{port}"
    match kind:
        case "portal":
            return f"portal: {base}/  webhook: {base}/rest/1/sandboxwebhook00/"
        case "hotel":
            xml = f"{base}/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler?ic=XX"
            return f"hotel: {xml}  OPERA Cloud: {base}{OHIP}"
        case "telegram":
            return f"telegram: {base}/bot123456:sandbox/getMe"
        case "cloud":
            return f"cloud: {base}/  authorization server: {base}/oauth/token/  portals: {base}/p/NAME/"
    return f"demo: {base}/"


def _alone(kind: str, database: Path | None, fias_port: int | None, exports: Path | None) -> web.Application:
    match kind:
        case "portal":
            return _portal(database, None)
        case "hotel":
            return _hotel(database, fias_port=fias_port, exports=exports)
        case "cloud":
            return _cloud(database)
    return _telegram(database)


def whole_demo(
    folder: Path | None,
    *,
    bucket_capacity: int = 50,
    bucket_leak_per_s: float = 2.0,
    telegram_limits_scale: float = 1.0,
    hotel_pace_s: float = HOTEL_PACE_S,
    fias_port: int | None = None,
) -> web.Application:
    """Portal at the root, Telegram and the hotel below it. ``folder`` holds their files; None = memory only.

    ``fias_port``: the hotel's IFC8 listens there (0: anywhere, GET hotel/_sandbox/fias tells); None: there is none.
    """
    files = {kind: folder / f"{kind}.db" if folder else None for kind in KINDS}
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    app = _portal(files["portal"], TELEGRAM.strip("/"), bucket_capacity, bucket_leak_per_s)
    app.add_subapp(TELEGRAM, _telegram(files["telegram"], telegram_limits_scale))
    app.add_subapp(HOTEL, _hotel(files["hotel"], hotel_pace_s, fias_port))
    return app


def _portal(
    file: Path | None, telegram_base: str | None, capacity: int = 50, leak_per_s: float = 2.0
) -> web.Application:
    from sandbox.portal import demo_api  # noqa: PLC0415
    from sandbox.portal.app import build_app  # noqa: PLC0415
    from sandbox.portal.state import Portal, PortalConfig  # noqa: PLC0415

    config = PortalConfig(db_path=file, bucket_capacity=capacity, bucket_leak_per_s=leak_per_s)
    app = build_app(Portal(config))
    page = app[demo_api.PAGE]
    app[demo_api.PAGE] = replace(
        page, telegram_base=telegram_base, hotel_base=HOTEL.strip("/") if telegram_base else None
    )
    return app


def _cloud(folder: Path | None) -> web.Application:
    from sandbox.oauth.cloud import build_cloud  # noqa: PLC0415
    from sandbox.oauth.state import Cloud, CloudConfig  # noqa: PLC0415

    return build_cloud(Cloud(CloudConfig(folder=folder)))


def _telegram(file: Path | None, limits_scale: float = 1.0) -> web.Application:
    from sandbox.telegram.app import build_app  # noqa: PLC0415
    from sandbox.telegram.state import TelegramConfig, TelegramHub  # noqa: PLC0415

    return build_app(TelegramHub(TelegramConfig(db_path=file, limits_scale=limits_scale)))


def _hotel(
    file: Path | None,
    pace_s: float = HOTEL_PACE_S,
    fias_port: int | None = None,
    exports: Path | None = None,
) -> web.Application:
    from sandbox.hotel.control import build_app  # noqa: PLC0415
    from sandbox.hotel.hotel import Hotel  # noqa: PLC0415
    from sandbox.hotel.life import Life  # noqa: PLC0415
    from sandbox.ohip import app as ohip  # noqa: PLC0415
    from sandbox.ohip.gateway import Gateway  # noqa: PLC0415

    hotel = Hotel.open(file, None)
    Life(hotel).catch_up()
    app = build_app(hotel, pace_s=pace_s)
    app.add_subapp(OHIP, ohip.build_app(Gateway(hotel)))
    if fias_port is not None:
        from sandbox.fias.control import attach  # noqa: PLC0415
        from sandbox.fias.ifc8 import Ifc8  # noqa: PLC0415

        attach(app, Ifc8(hotel), port=fias_port)
    if exports is not None:
        from sandbox.exports import writer  # noqa: PLC0415

        writer.attach(app, hotel, exports)

    async def close(_app: web.Application) -> None:
        hotel.close()

    app.on_cleanup.append(close)
    return app
