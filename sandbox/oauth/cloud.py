"""Wiring of the cloud: an application to mount or to serve."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

import sandbox.portal.methods  # noqa: F401 - importing registers the methods
from sandbox.oauth import control, frame, server
from sandbox.oauth.control import LIFECYCLE, OFFICE
from sandbox.oauth.lifecycle import Lifecycle
from sandbox.oauth.office import CloudOffice
from sandbox.oauth.server import CLOUD
from sandbox.oauth.state import Cloud
from sandbox.portal import demo_api
from sandbox.portal.app import MAX_BODY_BYTES
from sandbox.portal.app import setup as setup_portal
from sandbox.portal.rest import HERE


def build_cloud(cloud: Cloud | None = None) -> web.Application:
    """The cloud as an aiohttp application at the root of its server; it closes the cloud with itself."""
    cloud = cloud or Cloud()
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[_find_portal])
    office = CloudOffice(cloud)
    app[CLOUD], app[OFFICE], app[LIFECYCLE] = cloud, office, Lifecycle(cloud, office)
    app.cleanup_ctx.append(_run)
    server.setup(app)
    control.setup(app)
    frame.setup(app)
    setup_portal(app, None, "/p/{portal}")
    app[demo_api.PAGE] = demo_api.PageSettings(applications="/_sandbox/portals/{portal}/")
    return app


async def _run(app: web.Application) -> AsyncIterator[None]:
    app[CLOUD].start()
    yield
    await app[CLOUD].close()
    await app[OFFICE].close()


@web.middleware
async def _find_portal(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the portal of the address into the request; a former address answers 302 to the present one."""
    cloud = request.app[CLOUD]
    if not cloud.base_url:
        cloud.base_url = f"{request.scheme}://{request.host}"
    name = request.match_info.get("portal")
    if name is None:
        return await handler(request)
    found = cloud.portals.find("name", name)
    if found:
        request[HERE] = cloud.portal(found[0])
        return await handler(request)
    moved = cloud.portals.find("old_name", name)
    if not moved:
        return web.Response(status=404, text="There is no such portal", content_type="text/plain")
    tail = request.rel_url.raw_path_qs.removeprefix(f"/p/{name}")
    return web.Response(status=302, headers={"Location": f"{cloud.base_url}/p/{moved[-1]['name']}{tail}"})
