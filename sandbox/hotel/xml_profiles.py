"""What a profile looks like in the XML Interface: fields to select and values to ask by."""

# ruff: noqa: ARG001, ARG005 - every field of the tables has the same signature
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.hotel import names
from sandbox.hotel.records import COMPANY, INDIVIDUAL, Profile
from sandbox.hotel.xml_fields import EMPTY, NOTHING, ZERO, Cell, FieldMaker, View, attr, one

_MISSPELT = {"phones": ("TEL", "4"), "emails": ("EMA", "1")}


def _communications(view: View, p: Profile) -> list[Cell]:
    """Each number and address with its type (CommType 1 e-mail, 4 phone) and row id."""
    cells = []
    for kind, field, values in (("phones", "Telephone", p.phones), ("emails", "Email", p.emails)):
        code, comm_type = _MISSPELT[kind]
        for index, value in enumerate(values):
            attrs = {
                "name": field, "attr": code, "addData": f"{p.id}{comm_type}{index}", "CommType": comm_type,
                "PhoneRole": "0", "Primary": "1" if index == 0 else "0",
            }  # fmt: skip
            cells.append((attrs, value))
    return cells


def _addresses(view: View, p: Profile) -> list[Cell]:
    if not (p.street or p.city):
        return []
    iso2 = names.ISO2.get(p.country, "")
    values = {
        "Street1": p.street, "Street2": "", "Street3": "", "ZIP": p.postcode, "CountryISO2": iso2,
        "CountryISO3": p.country, "State": "", "City": p.city, "PrimaryAddr": "1",
    }  # fmt: skip
    return [({"name": name, "attr": "ADR", "addData": f"{p.id}7"}, value) for name, value in values.items()]


def _custom(view: View, p: Profile) -> list[Cell]:
    values = (
        ("FREETEXT1", "String", ""),
        ("CREATEDINHOTEL", "String", view.hotel.config.name),
        ("MERGEDTO", "String", str(p.merged_to or "")),
    )
    return [({"attr": name, "addData": kind}, value) for name, kind, value in values]


PROFILE_FIELDS: dict[str, FieldMaker] = {
    "ProfileID": attr("id"),
    "ProfileGlobalID": ZERO,
    "ProfileExternalID": ZERO,
    "GuestFirstname": attr("first_name"),
    "GuestName": attr("last_name"),
    "Name2": attr("name2"),
    "ProfileType": one(lambda v, p: 2 if p.category == INDIVIDUAL else 1),
    "ProfileCategory": attr("category"),
    "Title": attr("title"),
    "AddressGreeting": EMPTY,
    "LetterGreeting": EMPTY,
    "Birthday": one(lambda v, p: v.day(p.birthday)),
    "BirthPlace": EMPTY,
    "Gender": attr("gender"),
    "DeleteCode": attr("deleted"),
    "NationalityISO2": one(lambda v, p: names.ISO2.get(p.country, "") if p.category == INDIVIDUAL else ""),
    "NationalityISO3": one(lambda v, p: p.country if p.category == INDIVIDUAL else ""),
    "Language": attr("language"),
    "VipCode": attr("vip"),
    "City": attr("city"),
    "Street1": attr("street"),
    "Street2": EMPTY,
    "Street3": EMPTY,
    "ZIP": attr("postcode"),
    "State": EMPTY,
    "CountryISO2": one(lambda v, p: names.ISO2.get(p.country, "")),
    "CountryISO3": attr("country"),
    "Addresses": _addresses,
    "Telephone": one(lambda v, p: p.phones[0] if p.phones else ""),
    "Email": one(lambda v, p: p.emails[0] if p.emails else ""),
    "Fax": EMPTY,
    "Communication": EMPTY,
    "Communications": _communications,
    "Notes": attr("notes"),
    "NotesList": EMPTY,
    "GuestComment": EMPTY,
    "CreditStatus": attr("credit_status"),
    "CreditReason": EMPTY,
    "CreditStatusChangeTime": EMPTY,
    "LinkedProfile": EMPTY,
    "Department": EMPTY,
    "Position": EMPTY,
    "Membership": lambda v, p: [({"attr": "1", "Type": "GC"}, p.membership)] if p.membership else [],
    "PersonalDocument": NOTHING,
    "ProfileAttribute": NOTHING,
    "ProfilePreference": lambda v, p: [({"attr": code}, code) for code in p.preferences],
    "ProfilePreferences": NOTHING,
    "CustomField": _custom,
    "NoMailing": attr("no_mailing"),
    "NoEMailing": attr("no_emailing"),
    "IncludeNotCommited": NOTHING,
    "CentralSyncTime": EMPTY,
    "LastUpdateTime": one(lambda v, p: v.moment(p.updated)),
    "CreationTime": one(lambda v, p: v.moment(p.created)),
}


def profile_conditions(view: View) -> dict[str, Callable[[Profile], Any]]:
    return {
        "ProfileID": lambda p: p.id,
        "GuestName": lambda p: p.last_name,
        "GuestFirstname": lambda p: p.first_name,
        "Name2": lambda p: p.name2,
        "ProfileType": lambda p: 2 if p.category == INDIVIDUAL else 1,
        "ProfileCategory": lambda p: p.category,
        "City": lambda p: p.city,
        "ZIP": lambda p: p.postcode,
        "EMail": lambda p: p.emails[0] if p.emails else "",
        "CorporateID": lambda p: p.id if p.category == COMPANY else 0,
        "ProfileExternalID": lambda p: 0,
        "ProfileGlobalID": lambda p: 0,
        "Membership": lambda p: p.membership,
        "MembershipType": lambda p: "GC" if p.membership else "",
        "LastUpdateTime": lambda p: p.updated,
        "CreationTime": lambda p: p.created,
    }
