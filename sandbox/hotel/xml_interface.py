"""The Suite 8 XML Interface over HTTP POST, as Oracle's F17639 describes it and a live server was seen to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from email.utils import format_datetime
from html import escape
from typing import Any

from aiohttp import web
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from sandbox.hotel import packing
from sandbox.hotel.faults import Fault
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import INDIVIDUAL
from sandbox.hotel.xml_fields import FieldMaker, View
from sandbox.hotel.xml_lists import LISTS, WITHOUT_FIELDS
from sandbox.hotel.xml_postings import POSTING_FIELDS, posting_conditions
from sandbox.hotel.xml_profiles import PROFILE_FIELDS, profile_conditions
from sandbox.hotel.xml_query import Compiler, Invalid, Query, child, local, read_query
from sandbox.hotel.xml_reservations import RESERVATION_FIELDS, nights, reservation_conditions

PATH = "/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler"
_HTML = (
    "<!DOCTYPE html><html><head><title>Server Error</title></head><body><h1>HTTP Error 500.0 - Internal Server "
    "Error</h1><p>The page cannot be displayed because an internal server error has occurred.</p></body></html>"
)
_ODD = 401
"""With the switch ``bad_rows``, rows whose number leaves 0, 1 or 2 modulo this come damaged."""


class Failed(Exception):
    """The whole answer becomes this status."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class XmlInterface:
    """One hotel's DataHandler."""

    def __init__(self, hotel: Hotel) -> None:
        self.hotel = hotel
        self.requests = 0

    # --- HTTP ------------------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """POST: plain or packed in, plain or packed out, faults in between."""
        self.requests += 1
        body = await request.read()
        if packing.CONTENT_TYPE in request.headers.get("Content-Type", "").upper():
            try:
                body = packing.unpack(body)
            except packing.BrokenPack:
                return self._plain(self._answer("", Failed("IR", "message can't be unpacked")))
        fault = self.hotel.faults.take(_req_type(body))
        if fault is not None:
            spoilt = await self._spoil(request, fault)
            if spoilt is not None:
                return spoilt
        status = fault if fault is not None and fault.kind == "status" else None
        document = (
            self.answer(body) if status is None else self._answer("", Failed(status.status, status.message))
        )
        packed = "zip" in request.headers.get(packing.HEADER, "").lower() and self.hotel.switches.packing
        return self._finish(document, fault, packed=packed)

    async def _spoil(self, request: web.Request, fault: Fault) -> web.StreamResponse | None:
        """Faults that leave no XML at all; a slow one only waits."""
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault.kind == "unreachable":
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=503)
        if fault.kind == "html_error":
            return web.Response(status=500, text=_HTML, content_type="text/html", headers=self._date())
        if fault.kind == "refused":
            return self._plain(self._answer("", Failed("IC", "Invalid user name or password")))
        return None

    def _finish(self, document: str, fault: Fault | None, *, packed: bool) -> web.Response:
        kind = fault.kind if fault else ""
        if kind == "malformed_xml":
            document = document.replace("</row>", "</raw>", 1).replace("</response>", "</respose>", 1)
        if kind == "truncated_xml":
            document = document[: len(document) // 2]
        data = document.encode(self.hotel.switches.encoding, "xmlcharrefreplace")
        if kind == "broken_zip":
            wrong = packing.pack(data, self.hotel.switches.entry_name)[: len(data) // 8 or 9]
            return self._reply(wrong, packing.CONTENT_TYPE)
        if packed:
            return self._reply(packing.pack(data, self.hotel.switches.entry_name), packing.CONTENT_TYPE)
        return self._reply(data, "text/xml")

    def _plain(self, document: str) -> web.Response:
        return self._reply(document.encode(), "text/xml")

    def _reply(self, body: bytes, content_type: str) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": content_type, **self._date()})

    def _date(self) -> dict[str, str]:
        """The web server's clock is the hotel's."""
        return {"Date": format_datetime(self.hotel.clock.utc(), usegmt=True), "Server": "Microsoft-IIS/8.5"}

    # --- XML -------------------------------------------------------------------------------------------------

    def answer(self, body: bytes) -> str:
        """The response document for a request document."""
        ident = ""
        try:
            root = ElementTree.fromstring(body)
            ident, parts = self._answered(root)
        except (ElementTree.ParseError, DefusedXmlException) as error:
            return self._answer(ident, Failed("IR", f"XML can't be read: {error}"))
        except Invalid as error:
            return self._answer(ident, Failed("IR", str(error)))
        except Failed as error:
            return self._answer(ident, error)
        return self._answer(ident, None, "\n".join(parts))

    def _answered(self, root: Any) -> tuple[str, list[str]]:
        request = child(root, "request")
        if local(root.tag) != "fidelio" or request is None:
            raise Failed("IR", "no fidelio/request")
        self._admit(request.get("UserName"), request.get("Password"))
        version = root.get("Version", "1.0.0")
        return request.get("ID", ""), [self._one(element, version) for element in request]

    def _answer(self, ident: str, failed: Failed | None, inner: str = "") -> str:
        status = failed.status if failed else "OK"
        message = f' Message="{escape(failed.message)}"' if failed else ""
        return (
            '<?xml version="1.0" encoding="utf-8" ?><fidelio Version="1.1.0">'
            f'<response ID="{escape(ident)}" Status="{status}"{message}>\n{inner}\n</response></fidelio>'
        )

    def _admit(self, user: str | None, password: str | None) -> None:
        if user != self.hotel.config.username or password != self.hotel.config.password:
            raise Failed("IC", "Invalid user name or password")

    def _one(self, element: Any, version: str) -> str:
        if local(element.tag) != "query":
            raise Failed("AD", f"no right for {local(element.tag)}: the stand-in is read only")
        query = read_query(element)
        if query.req_type in self.hotel.switches.unlicensed:
            raise Failed("AD", f"no licence for {query.req_type}")
        if not query.fields and query.req_type not in WITHOUT_FIELDS:
            raise Invalid(f"{query.req_type} needs fields")
        rows = "".join(self._limited(self._rows(query, View(self.hotel, version))))
        if not rows and self.hotel.switches.empty_as == "NG":
            raise Failed("NG", f"{query.req_type} not found")
        return f'<queryResponse Name="{escape(query.name)}"><rows>{rows}</rows></queryResponse>'

    def _limited(self, rows: Iterator[str]) -> Iterator[str]:
        limit = self.hotel.switches.max_rows
        for number, row in enumerate(rows):
            if limit and number >= limit:
                return
            yield row

    def _rows(self, query: Query, view: View) -> Iterator[str]:
        hotel = self.hotel
        if query.req_type == "Reservation":
            return self._reservations(query, view)
        if query.req_type == "Profile":
            found = _matching(query, view, hotel.profiles, profile_conditions(view), "ProfileID")
            return (
                self._row(view, p, query.fields, PROFILE_FIELDS, self._damage(p.id, "profile")) for p in found
            )
        if query.req_type == "Posting":
            postings = _matching(query, view, hotel.postings, posting_conditions(view), "PostingID")
            return (self._row(view, p, query.fields, POSTING_FIELDS) for p in postings)
        table = LISTS.get(query.req_type)
        if table is None:
            raise Invalid(f"request type {query.req_type} is not known")
        return (_list_row(row, query) for row in table(hotel))

    def _reservations(self, query: Query, view: View) -> Iterator[str]:
        detailed = {"ReservationDetails", "DetailDate"} <= set(query.fields)
        conditions = reservation_conditions(view)
        for stay in _matching(query, view, self.hotel.reservations, conditions, "GuestNum"):
            damage = self._damage(stay.id, "reservation")
            for record in nights(stay) if detailed else [stay]:
                yield self._row(view, record, query.fields, RESERVATION_FIELDS, damage)

    def _row(
        self, view: View, record: Any, fields: Iterable[str], makers: dict[str, FieldMaker], damage: str = ""
    ) -> str:
        cells = []
        for name in fields:
            maker = makers.get(name)
            if maker is None:
                raise Invalid(f"field {name} is not known")
            for attributes, text in maker(view, record):
                cells.append(_cell(name, attributes, _damaged(name, text, damage) if damage else text))
        return f"<row><fields>{''.join(cells)}</fields></row>"

    def _damage(self, number: int, kind: str) -> str:
        if not self.hotel.switches.bad_rows:
            return ""
        if kind == "reservation":
            return {0: "date", 1: "id"}.get(number % _ODD, "")
        category = self.hotel.profiles[number].category
        return "mojibake" if number % _ODD == 2 and category == INDIVIDUAL else ""


def _matching(
    query: Query, view: View, table: dict[int, Any], conditions: dict[str, Callable[[Any], Any]], key: str
) -> Iterator[Any]:
    """Records that meet the conditions, by number where they name it."""
    compiler = Compiler(conditions, view.sign, view.hotel.clock.shift_minutes)
    predicate = compiler.predicate(query.conditions)
    wanted = compiler.ids(query.conditions, key)
    if wanted is not None:
        numbers = sorted(int(n) for n in wanted if n.isdecimal())
        return (table[n] for n in numbers if n in table and predicate(table[n]))
    if key == "PostingID":
        stays = compiler.ids(query.conditions, "GuestNum")
        if stays is not None:
            lines = (p for n in sorted(stays) if n.isdecimal() for p in view.hotel.bill(int(n)))
            return (p for p in lines if predicate(p))
    return (record for record in list(table.values()) if predicate(record))


def _list_row(row: dict[str, str], query: Query) -> str:
    chosen = row if query.req_type in WITHOUT_FIELDS else query.fields
    cells = []
    for name in chosen:
        if name not in row:
            raise Invalid(f"field {name} is not known")
        cells.append(_cell(name, {}, row[name]))
    return f"<row><fields>{''.join(cells)}</fields></row>"


def _cell(name: str, attributes: dict[str, str], text: str) -> str:
    if not attributes:
        return f'<field name="{name}">{escape(text, quote=False)}</field>'
    name = attributes.get("name", name)
    more = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items() if key != "name")
    return f'<field name="{name}"{more}>{escape(text, quote=False)}</field>'


def _damaged(name: str, text: str, damage: str) -> str:
    if damage == "date" and name == "GuestArrival":
        return "31.02.2026"
    if damage == "id" and name == "GuestNum":
        return ""
    if damage == "mojibake" and name in ("GuestName", "GuestFirstname"):
        return text.encode().decode("latin-1")  # UTF-8 read as a Western code page: the classic
    return text


def _req_type(body: bytes) -> str:
    """The first query's type, by a look at the bytes: faults must not depend on valid XML."""
    _, _, rest = body.partition(b'ReqType="')
    return rest.partition(b'"')[0].decode("ascii", "replace")
