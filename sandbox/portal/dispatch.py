"""From a call to its answer: the method, its scope, its execution time. HTTP stands in rest.py."""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.portal.acting import acts
from sandbox.portal.calls import METHODS, METHODS_V3, Answer, Call, Method, Page, RestError

V3 = "BITRIX_REST_V3_EXCEPTION_"
WIDER = {"user_brief": {"user_basic", "user"}}
"""Scope of a method → the wider scopes that let it be called as well."""


@dataclass
class Outcome:
    """What a method answered; `total`/`next` only for lists."""

    result: Any
    total: int | None = None
    next: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


def find_method(call: Call) -> Method:
    """The registered method. RestError 404 when there is none, 403 when the webhook lacks its scope."""
    registry = METHODS_V3 if call.is_v3 else METHODS
    found = registry.get(call.method.lower())
    if found is None or (call.is_v3 and call.portal.switches.task_api == "v2" and found.scope == "tasks"):
        if call.is_v3:
            # documents silent: status of an unknown v3 method; SDK sources name the code
            raise RestError(f"{V3}METHODNOTFOUNDEXCEPTION", f"Method `{call.method}` not found", 404)
        raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
    if found.scope != "basic" and not ({found.scope} | WIDER.get(found.scope, set())) & set(call.scopes):
        text = "The request requires higher privileges than provided by the webhook token"
        if call.is_v3:
            raise RestError(f"{V3}INSUFFICIENTSCOPEEXCEPTION", text, 403)
        raise RestError("insufficient_scope", text, 403)
    return found


async def execute(call: Call) -> Outcome:
    """Run one method and charge its time. RestError as the method or the operating limit raise it."""
    found = find_method(call)
    portal = call.portal
    charged = _charged(call, found)
    if charged:
        portal.limits.check_operating(call.client_key, found.name)
    simulated = portal.limits.simulated_seconds(found.name)
    slept = simulated * portal.config.sleep_scale
    if slept > 0:
        await portal.config.sleep(slept)
    started = time.perf_counter()
    try:
        with acts(call.user_id, str(call.params.get("auth_connector") or "")):
            answer = found.function(call)
            if inspect.isawaitable(answer):
                answer = await answer
    finally:
        if charged:
            spent = max(simulated, time.perf_counter() - started)
            portal.limits.charge(call.client_key, found.name, spent)
    if isinstance(answer, Page):
        return Outcome(answer.result, answer.total, answer.next)
    if isinstance(answer, Answer):
        return Outcome(answer.result, headers=answer.headers)
    return Outcome(answer)


def _charged(call: Call, found: Method) -> bool:
    # The documents let the inner methods of a batch pay; self-hosted portals were seen to charge `batch`.
    if call.portal.switches.operating_in_batch == "outer":
        return not call.in_batch
    return found.name != "batch"


def time_block(call: Call, started: datetime) -> dict[str, Any]:
    """The `time` object of an answer: floats of unix seconds, ATOM dates, the operating keys."""
    finished = call.portal.now()
    start, finish = started.timestamp(), finished.timestamp()
    registry = METHODS_V3 if call.is_v3 else METHODS
    block: dict[str, Any] = {
        "start": start,
        "finish": finish,
        "duration": finish - start,
        "processing": finish - start,
        "date_start": started.isoformat(timespec="seconds"),
        "date_finish": finished.isoformat(timespec="seconds"),
    }
    found = registry.get(call.method.lower())
    if found is not None and _charged(call, found):
        block |= call.portal.limits.operating(call.client_key, found.name)
    return block
