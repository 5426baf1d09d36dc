"""crm.currency.*: the currencies amounts may be in; documents: api-reference/crm/currency/*.md."""

from __future__ import annotations

from typing import Any

from sandbox.portal.calls import Call, Page, RestError, as_map, method, pick
from sandbox.portal.crm_store import Crm, crm_of
from sandbox.portal.methods.crm_directories import base_currency, currencies, currency_document
from sandbox.portal.methods.crm_schema import require_admin
from sandbox.portal.methods.crm_text import ordered

_SHOWN = ("CURRENCY", "AMOUNT_CNT", "AMOUNT", "SORT", "BASE", "FULL_NAME", "LID", "FORMAT_STRING",
          "DEC_POINT", "THOUSANDS_SEP", "DECIMALS", "DATE_UPDATE")  # fmt: skip


def _shown(currency: dict[str, Any]) -> dict[str, Any]:
    return {name: currency[name] for name in _SHOWN}


@method("crm.currency.list", scope="crm")
def currency_list(call: Call) -> Any:
    """{order} → list; `total` "currently always has a value of 0"."""
    rows = [_shown(one) for one in currencies(crm_of(call.portal))]
    order = {name.upper(): way for name, way in as_map(call.params.get("order")).items()}
    return Page(ordered(rows, order or {"SORT": "ASC"}, numbers={"SORT"}), total=0)


@method("crm.currency.get", scope="crm")
def currency_get(call: Call) -> Any:
    """{id} → the currency with its localisations."""
    found = currencies(crm_of(call.portal)).get(str(pick(call.params, "id", "ID") or ""))
    if found is None:
        raise RestError("", "Not found")
    return {**_shown(found), "LANG": found["LANG"] or []}


@method("crm.currency.add", scope="crm")
def currency_add(call: Call) -> Any:
    """{fields{CURRENCY, AMOUNT_CNT, AMOUNT, SORT, BASE, LANG}} → code."""
    crm, fields = crm_of(call.portal), as_map(call.params.get("fields"))
    require_admin(call, "", "Access denied.")
    for name in ("CURRENCY", "AMOUNT_CNT", "AMOUNT"):
        if fields.get(name) in (None, ""):
            raise RestError("ERROR_CORE", f'Undefined array key "{name}"')
    code, store = str(fields["CURRENCY"]).upper(), currencies(crm)
    if len(code) != 3 or not code.isalpha() or code in store:
        # documents silent: "Other errors in the data for creating the currency"
        raise RestError("ERROR_CORE", f"Currency {code} cannot be created")
    currency = currency_document(
        crm,
        code,
        f"{float(fields['AMOUNT']):.4f}",
        str(fields["AMOUNT_CNT"]),
        sort=int(fields.get("SORT") or 100),
        name=code,
        base=False,
    )
    currency["LANG"] = as_map(fields.get("LANG"))
    own = as_map(currency["LANG"].get("ru") or currency["LANG"].get("en"))
    currency |= {name: str(value) for name, value in own.items() if name in _SHOWN}
    store.insert(currency)
    if fields.get("BASE") == "Y":
        _make_base(crm, code)
    return code


def _make_base(crm: Crm, code: str) -> None:
    for currency in currencies(crm):
        currency["BASE"] = "Y" if currency["id"] == code else "N"
        currencies(crm).save(currency)
    crm.settings_changed()


@method("crm.currency.base.get", scope="crm")
def currency_base_get(call: Call) -> Any:
    return base_currency(crm_of(call.portal))


@method("crm.currency.base.set", scope="crm")
def currency_base_set(call: Call) -> Any:
    """{id} → true."""
    crm, code = crm_of(call.portal), str(pick(call.params, "id", "ID") or "")
    require_admin(call, "", "Access denied.")
    if code not in currencies(crm):
        raise RestError("", "Not found")
    _make_base(crm, code)
    return True
