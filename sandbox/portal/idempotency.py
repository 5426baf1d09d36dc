"""REST 3.0's Idempotency-Key: a stored answer instead of a second execution.

Source document: rest-v3.md, "Repeated calls without duplicates".
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import orjson

from sandbox.portal.calls import Call, RestError
from sandbox.portal.dispatch import V3, Outcome, execute

KEPT_FOR = timedelta(hours=24)
_READING = (".get", ".list", ".openapi", "documentation")


async def execute_once(call: Call) -> Outcome:
    """Run a v3 call, or answer with what the same key and body got in the last 24 hours.

    RestError 400 for an unusable key, 422 for a key used with another body. Only successes are kept;
    two calls at the same moment may both run, as the documents warn.
    """
    key = call.idempotency_key
    if key is None or call.method.lower().endswith(_READING):
        return await execute(call)
    if not 1 <= len(key) <= 255 or not all(" " <= letter <= "~" for letter in key):
        text = "Idempotency-Key must be 1 to 255 printable ASCII characters"
        raise RestError(f"{V3}INVALIDIDEMPOTENCYKEYEXCEPTION", text)
    store = call.portal.store("idempotency")
    place = f"{call.client_key}:{call.user_id}:{call.method.lower()}:{key}"
    digest = hashlib.sha256(orjson.dumps(call.params, option=orjson.OPT_SORT_KEYS)).hexdigest()
    kept = store.get(place)
    if kept is not None and call.portal.now() - datetime.fromisoformat(kept["at"]) < KEPT_FOR:
        if kept["body"] != digest:
            text = "Idempotency-Key was already used with a different request body"
            raise RestError(f"{V3}IDEMPOTENCYKEYREUSEDEXCEPTION", text, 422)
        return Outcome(kept["result"], headers=_headers(key, replayed=True))
    outcome = await execute(call)
    document: dict[str, Any] = {
        "id": place,
        "body": digest,
        "at": call.portal.now().isoformat(),
        "result": outcome.result,
    }
    store.insert(document)
    outcome.headers |= _headers(key, replayed=False)
    return outcome


def _headers(key: str, *, replayed: bool) -> dict[str, str]:
    return {"Idempotency-Key": key, **({"Idempotent-Replayed": "true"} if replayed else {})}
