"""Stored files by expiring link: saved, never shown, so that no file of a stranger runs in our name."""

import structlog
from aiohttp import web

from domain.errors import ConciergeError, Refused
from domain.files import disposition
from domain.ports import Texts
from handlers.desk.file_links import PATH, FileLinks, Opened
from web import visitors

log = structlog.get_logger()

GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def setup(app: web.Application, links: FileLinks, texts: Texts) -> None:
    """Add ``GET /files/{token}``; 403 for a forged link, 410 for one that is over, 503 while the store is away."""

    async def serve(request: web.Request) -> web.StreamResponse:
        try:
            opened = await links.open(request.match_info["token"])
        except Refused as refusal:
            wrong = refusal.code == "file-link-wrong"
            return _note(request, texts, "wrong" if wrong else "over", 403 if wrong else 410)
        except ConciergeError as fault:
            log.warning("file not served", code=fault.code)
            return _note(request, texts, "away", 503)
        return await _handed(request, texts, opened)

    app.router.add_get(f"{PATH}{{token}}", serve)


async def _handed(request: web.Request, texts: Texts, opened: Opened) -> web.StreamResponse:
    """The file, a piece at a time: as fast as the other side reads, whatever its size."""
    headers = {**GUARDS, "Content-Disposition": disposition(opened.name), "Content-Type": opened.mime}
    response = web.StreamResponse(headers=headers)
    response.content_length = opened.size
    if request.method == "HEAD":
        await response.prepare(request)
        return response
    try:
        async for piece in opened.pieces:
            if not response.prepared:
                await response.prepare(request)
            await response.write(piece)
        if not response.prepared:
            await response.prepare(request)
    except ConnectionError:
        log.info("a file's reader has left")
    except ConciergeError as fault:
        log.warning("file not served whole", code=fault.code)
        if not response.prepared:
            return _note(request, texts, "away", 503)
        if request.transport is not None:
            request.transport.abort()  # the promised length never comes: the reader must see it
    return response


def _note(request: web.Request, texts: Texts, what: str, status: int) -> web.Response:
    words = texts(f"file-page-{what}", visitors.language_of(request))
    return web.Response(text=f"{words}\n", status=status, headers=GUARDS)
