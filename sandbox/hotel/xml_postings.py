"""What a line of a bill looks like in the XML Interface: fields to select and values to ask by."""

# ruff: noqa: ARG001, ARG005 - every field of the tables has the same signature
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.hotel import codes
from sandbox.hotel.records import Posting
from sandbox.hotel.xml_fields import EMPTY, ZERO, FieldMaker, View, attr, one

POSTING_FIELDS: dict[str, FieldMaker] = {
    "PostingID": attr("id"),
    "GuestNum": attr("reservation"),
    "ProfileID": attr("profile"),
    "DepartmentCode": attr("department"),
    "DepartmentType": attr("department_type"),
    "PostingPrice": one(lambda v, p: v.money(p.price)),
    "PostingQuantity": attr("quantity"),
    "PostingDescription": attr("text"),
    "PostingDate": one(lambda v, p: v.day(p.day)),
    "CurrencyCode": one(lambda v, p: codes.CURRENCY),
    "PostingForeignPrice": ZERO,
    "PostingGuestNumOrig": one(lambda v, p: p.origin or p.reservation),
    "PostingProfileOrigID": attr("profile"),
    "PostingComment": EMPTY,
    "PostingCheckNr": attr("check"),
    "LastUpdateTime": EMPTY,
    "CreationTime": EMPTY,
}


def posting_conditions(view: View) -> dict[str, Callable[[Posting], Any]]:
    return {
        "PostingID": lambda p: p.id,
        "GuestNum": lambda p: p.reservation,
        "ProfileID": lambda p: p.profile,
        "DepartmentCode": lambda p: p.department,
        "PostingDescription": lambda p: p.text,
        "PostingDate": lambda p: p.day,
        "PostingGuestNumOrig": lambda p: p.origin or p.reservation,
        "PostingProfileOrigID": lambda p: p.profile,
        "PostingCheckNr": lambda p: p.check,
    }
