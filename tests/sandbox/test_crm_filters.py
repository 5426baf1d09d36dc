"""Whatever way a filter finds its items, by index or by reading all, the answer is the same."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal.crm_store import DEAL, Crm, Item, crm_of
from sandbox.portal.methods import crm_filters as filters
from sandbox.portal.methods.crm_items import search
from sandbox.portal.methods.crm_schema import schema_of
from sandbox.portal.state import Portal, PortalConfig

_IDS = st.integers(0, 12)
_ORIGINS = st.sampled_from(["a1", "A1", "b2", "c3", ""])
_TIMES = st.integers(0, 6).map(lambda minute: f"2026-11-20T12:{minute:02}:00+03:00")
_LEAVES = st.one_of(
    st.tuples(st.sampled_from(["id", "=id", ">id", ">=id", "<id", "<=id", "!id"]), _IDS),
    st.tuples(st.sampled_from(["@id", "!@id", "id"]), st.lists(_IDS, max_size=4)),
    st.tuples(st.sampled_from(["originId", "=originId", "!originId", "%originId"]), _ORIGINS),
    st.tuples(st.sampled_from(["@originId", "!@originId"]), st.lists(_ORIGINS, max_size=3)),
    st.tuples(st.sampled_from([">updatedTime", ">=updatedTime", "<updatedTime", "<=updatedTime"]), _TIMES),
)


def _group(parts: tuple[list[tuple[str, Any]], list[dict[str, Any]], bool]) -> dict[str, Any]:
    leaves, groups, either = parts
    made: dict[str, Any] = dict(leaves)
    made |= {str(i): group for i, group in enumerate(groups)}
    return {"logic": "OR", **made} if either else made


_FILTERS = st.recursive(
    st.tuples(st.lists(_LEAVES, max_size=3), st.just([]), st.booleans()).map(_group),
    lambda inner: st.tuples(st.lists(_LEAVES, max_size=2), st.lists(inner, max_size=2), st.booleans()).map(
        _group
    ),
    max_leaves=4,
)


def _crm() -> Crm:
    crm = crm_of(Portal(PortalConfig()))
    items = crm.items(DEAL)
    for number in range(10):
        time = f"2026-11-20T12:{number % 5:02}:00+03:00"
        origin = ["A1", "b2", None, ""][number % 4]
        items.add({"createdTime": time, "updatedTime": time, "originId": origin})
    moved: Item | None = items.get(2)
    assert moved is not None
    moved["updatedTime"] = "2026-11-20T12:06:00+03:00"
    items.save(moved)
    items.remove(7)
    return crm


_CRM = _crm()


@given(_FILTERS, st.sampled_from([-1, 0]), st.sampled_from([{}, {"id": "DESC"}, {"updatedTime": "ASC"}]))
def test_indexes_only_save_work(raw: dict[str, Any], start: int, order: dict[str, str]) -> None:
    schema = schema_of(_CRM, DEAL)
    known = filters.columns(_CRM, schema, original_names=False)
    group = filters.parse(raw)
    found, total = search(_CRM, schema, group, filters.parse_order(order, known), known, start)
    test = filters.compile_group(group, known, _CRM)
    expected = [item for item in _CRM.items(DEAL).store if test is None or test(item)]
    filters.sort_items(expected, filters.parse_order(order, known), known)
    assert [item["id"] for item in found] == [item["id"] for item in expected]
    assert total == (None if start < 0 else len(expected))
