"""Methods about the portal and the API itself, and those a webhook is refused."""

from __future__ import annotations

from sandbox.portal.calls import Call, method


@method("server.time")
def server_time(call: Call) -> str:
    return call.portal.now_iso()
