"""Methods about the portal and the API itself, its scopes, methods and features.

Source documents: api-reference/common/system/*.md, events/*.md, rest-v3.md.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import METHODS, METHODS_V3, Call, RestError, as_map, method, to_bool
from sandbox.portal.state import ALL_SCOPES

EXTENDED = {"rest_offline_extended", "rest_auth_connector"}
"""documents silent: whether the two come apart; here one switch, `offline_extended`, is for both."""


@method("server.time")
def server_time(call: Call) -> str:
    return call.portal.now_iso()


@method("scope")
def scope(call: Call) -> list[str]:
    """The webhook's scopes, or with `full` all there are."""
    given = ALL_SCOPES if to_bool(call.params.get("full")) else call.scopes
    return [name for name in given if name != "basic"]


@method("methods")
def methods(call: Call) -> list[str]:
    """Names of callable methods; `full` for all, `scope` for those of one scope."""
    if to_bool(call.params.get("full")):
        return [found.name for found in METHODS.values()]
    wanted = call.params.get("scope")
    allowed = {wanted} if wanted else {"basic", *call.scopes}
    return [found.name for found in METHODS.values() if found.scope in allowed]


@method("method.get")
def method_get(call: Call) -> dict[str, bool]:
    found = METHODS.get(str(call.params.get("name") or "").lower())
    available = found is not None and found.scope in {"basic", *call.scopes}
    return {"isExisting": found is not None, "isAvailable": available}


@method("feature.get")
def feature_get(call: Call) -> dict[str, str]:
    code = call.params.get("CODE", call.params.get("code"))
    if not code:
        raise RestError("CODE_EMPTY", "CODE can't be empty")
    has = call.application is not None and call.portal.switches.offline_extended
    return {"value": "Y" if has and code in EXTENDED else "N"}  # both need an application


@method("rest.scope.list", v3=True)
def scope_list(call: Call) -> dict[str, Any]:
    """Method → scope for what this webhook may call (documents name only the mapping)."""
    allowed = {"basic", *call.scopes}
    items = {found.name: found.scope for found in METHODS_V3.values() if found.scope in allowed}
    return {"items": [{"method": name, "scope": needed} for name, needed in items.items()]}


@method("rest.documentation.openapi", v3=True)
def openapi(call: Call) -> dict[str, Any]:
    return _openapi(call)


@method("documentation", v3=True)
def documentation(call: Call) -> dict[str, Any]:
    return _openapi(call)


def _openapi(call: Call) -> dict[str, Any]:
    """A minimal OpenAPI object: the paths that exist, without schemas."""
    hidden = call.portal.switches.task_api == "v2"
    found = [m for m in METHODS_V3.values() if not (hidden and m.scope == "tasks")]
    return {
        "openapi": "3.0.0",
        "info": {"title": "Bitrix24 REST V3 API", "version": "1.0.0"},
        "paths": {f"/{m.name}": {"post": {"tags": [m.scope], "responses": as_map([])}} for m in found},
    }
