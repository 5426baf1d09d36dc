"""Phones, e-mails and their kin (`fm`) with the documents' odd rules of adding, changing and deleting.

tutorials/crm/how-to-edit-crm-objects/how-to-change-email-or-phone.md: an array always adds; in an
object the key decides: n0 adds, a number changes, a number with an empty value deletes, an unknown
number adds; without `typeId` nothing happens and nobody is told.
"""

from __future__ import annotations

from typing import Any

from sandbox.portal.crm_store import Crm, Item

VALUE_LIMIT = 250
Entry = dict[str, Any]


def apply_multifields(crm: Crm, item: Item, given: Any) -> bool:
    """Put `fm` on an item; True when something changed. A string instead of an array is ignored."""
    if isinstance(given, list):
        given = {f"n{i}": one for i, one in enumerate(given)}
    if not isinstance(given, dict):
        return False
    entries: list[Entry] = list(item.get("fm", ()))
    known = {entry["id"]: i for i, entry in enumerate(entries)}
    changed = False
    for key, one in given.items():
        if not isinstance(one, dict) or not one.get("typeId"):
            continue
        place = known.get(int(key)) if str(key).isdigit() else None
        changed = _apply_one(crm, entries, place, one) or changed
    if changed:
        item["fm"] = [entry for entry in entries if entry]
        item["hasPhone"] = _has(item, "PHONE")
        item["hasEmail"] = _has(item, "EMAIL")
    return changed


def _apply_one(crm: Crm, entries: list[Entry], place: int | None, one: dict[str, Any]) -> bool:
    value = str(one.get("value") or "").strip()[:VALUE_LIMIT]
    if place is None:
        if not value:
            return False
        entries.append(
            {
                "id": crm.portal.next_id("crm_fm", 101),
                "valueType": str(one.get("valueType") or "WORK"),
                "value": value,
                "typeId": str(one["typeId"]).upper(),
            }
        )
        return True
    if not value:
        entries[place] = {}
        return True
    entry = entries[place]
    fresh = {**entry, "value": value, "valueType": str(one.get("valueType") or entry["valueType"])}
    entries[place] = fresh
    return fresh != entry


def _has(item: Item, type_id: str) -> str:
    return "Y" if any(entry["typeId"] == type_id for entry in item["fm"]) else "N"


_ALIASES = {
    ("PHONE", "WORK"): "phoneWork",
    ("PHONE", "MOBILE"): "phoneMobile",
    ("PHONE", "MAILING"): "phoneMailing",
    ("EMAIL", "WORK"): "emailWork",
    ("EMAIL", "HOME"): "emailHome",
    ("EMAIL", "MAILING"): "emailMailing",
}


def aliases(entries: list[Entry]) -> dict[str, str]:
    """phoneWork, emailHome, …: "flat aliases … to the first value of the corresponding type"."""
    flat: dict[str, str] = {}
    for entry in entries:
        kind = entry["typeId"]
        name = _ALIASES.get((kind, entry["valueType"]))
        if name:
            flat.setdefault(name, entry["value"])
        if kind in ("PHONE", "EMAIL"):
            flat.setdefault(kind.lower(), entry["value"])
    return flat
