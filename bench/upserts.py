"""Calls per change of an upsert (P3), and what faults leave behind (P4), at the gateway in virtual time."""

import asyncio
from collections import Counter
from math import ceil

from bench.common import Figure
from bench.gateway import ORIGINATOR, Lab, guests, lab, states, written
from bench.virtual import run
from domain.ports import CrmResult, CrmWrite

RECORDS = 10_000
FAULTS = ("error_after", "drop_after", "html_after", "drop", "late", "error")
"""Executed and answered 500, cut off, in HTML; not executed and cut off; executed 20 s later; 500 at once."""


def measure() -> list[Figure]:
    """80 % the same, 15 % changed, 5 % new; then every kind of fault in one request of ten."""
    return [*_upsert(), *(figure for kind in FAULTS for figure in _faulty(kind))]


def _upsert() -> list[Figure]:
    changed, new = RECORDS * 15 // 100, RECORDS * 5 // 100
    writing, calls, done = run(upsert_all(changed, new))
    least = ceil(changed / 50) + ceil(new / 50)
    return [
        Figure(
            f"P3 upsert of {RECORDS:,}, 80/15/5: writing calls against the least",
            f"{writing / least:.3f} ({writing} of {least})",
            "≤ 1.05",
            writing <= 1.05 * least,
        ),
        Figure("… calls in all, per record", f"{calls}, {calls / RECORDS:.4f}"),
        Figure("… changes done", f"{done:,}", f"{changed + new:,}", done == changed + new),
    ]


async def upsert_all(changed: int, new: int) -> tuple[int, int, int]:
    """Writing calls, all calls and done changes of one run in a portal that holds the old items."""
    async with lab() as one:
        old = await written(one.crm, guests(range(changed)), first_load=True)
        await written(one.crm, guests(range(10**6, 10**6 + 50)))
        ids = {result.write.key: result.crm_id or 0 for result in old}
        few = guests(range(20), crm_ids=ids)
        await written(
            one.crm, [CrmWrite(w.entity, w.key, w.originator, {"name": "Ян"}, w.crm_id) for w in few]
        )
        await one.start()
        writes = guests(range(changed), crm_ids=ids) + guests(range(changed, changed + new))
        results = await written(one.crm, writes)
        return one.tally.writing, one.tally.requests, states(results)["done"]


def _faulty(kind: str) -> list[Figure]:
    found, doubles, missing, calls = run(fault_all(kind))
    states_ = ", ".join(f"{count:,} {state}" for state, count in sorted(found.items()))
    good = doubles == missing == 0 and set(found) == {"done"}
    return [
        Figure(
            f"P4 5,000 adds, {kind} in 10 % of the requests: doubles, lost",
            f"{doubles}, {missing} ({states_}; {calls} calls)",
            "0, 0, all named",
            good,
        )
    ]


async def fault_all(kind: str, count: int = 5_000) -> tuple[Counter[str], int, int, int]:
    """States of all records, doubles, missing ones and calls, as the sync does it: settle, look, adopt or repeat."""
    async with lab() as one:
        await one.start(call_seconds={"batch": 0.2})
        rule = {"kind": kind, "method": "batch", "times": None, "probability": 0.1, "seconds": 20.0}
        one.portal.faults.add(rule)
        results = {r.write.key: r for r in await written(one.crm, guests(range(count)))}
        for _ in range(8):
            open_ = [r.write for r in results.values() if r.state == "unclear"]
            if not open_:
                break
            results |= await _again(one, open_)
        one.portal.faults.remove()
        await asyncio.sleep(120)  # whatever was late
        items = one.tally.items()["contact"]
        return states(results.values()), items["doubles"], count - items["keys"], one.tally.requests


async def _again(one: Lab, writes: list[CrmWrite]) -> dict[str, CrmResult]:
    """Once they can't be executed any more: adopt what is there, send the rest."""
    found = await one.crm.settled("contact", ORIGINATOR, [write.key for write in writes])
    adopted = {w.key: CrmResult(w, "done", found[w.key].crm_id) for w in writes if w.key in found}
    rest = await written(one.crm, [write for write in writes if write.key not in found])
    return adopted | {result.write.key: result for result in rest}
