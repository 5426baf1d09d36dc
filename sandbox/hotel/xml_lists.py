"""Code lists and system facts of the XML Interface: small tables without conditions."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.hotel import codes, names
from sandbox.hotel.hotel import Hotel

Table = list[dict[str, str]]


def _system_date(hotel: Hotel) -> Table:
    return [{"SystemDate": f"{hotel.business_date:%d.%m.%Y}"}]


def _system_info(hotel: Hotel) -> Table:
    return [
        {
            "LicenseName": hotel.config.name,
            "LicenseNoOfRooms": str(len(hotel.rooms)),
            "Version": hotel.config.version,
        }
    ]


def _room_types(hotel: Hotel) -> Table:
    counts = dict.fromkeys((code for code, _, _ in codes.ROOM_TYPES.values()), 0)
    for kind in hotel.rooms.values():
        counts[kind] += 1
    return [
        {
            "RoomTypeShortDesc": code,
            "RoomTypeLongDesc": title,
            "RoomTypeDefaultPAX": str(persons),
            "RoomTypeNoOfBeds": str(persons),
            "RoomTypeSuite": str(int(code == "SUI")),
            "RoomTypeMaxPAX": str(persons),
            "RoomTypeMaxToSell": str(counts[code]),
        }
        for code, title, persons in codes.ROOM_TYPES.values()
    ]


def _markets(_hotel: Hotel) -> Table:
    return [
        {"MarketID": str(n), "MarketShortdesc": code, "MarketName": title, "MarketMainMarket": "ALL"}
        for n, (code, title) in enumerate(codes.MARKETS.values(), 1)
    ]


def _sources(_hotel: Hotel) -> Table:
    return [
        {"SourceID": str(number), "SourceCode": code, "SourceName": title}
        for code, (number, title) in codes.SOURCES.items()
    ]


def _channels(_hotel: Hotel) -> Table:
    return [
        {"ChannelID": str(n), "ChannelCode": code, "ChannelName": code}
        for n, code in enumerate(codes.CHANNELS.values(), 1)
    ]


def _countries(_hotel: Hotel) -> Table:
    return [
        {
            "CountryISO2": iso2,
            "CountryISO3": iso3,
            "CountryShortdesc": iso2,
            "CountryName": iso3,
            "CountryNationality": iso3,
        }
        for iso3, iso2 in names.ISO2.items()
    ]


def _currencies(_hotel: Hotel) -> Table:
    return [
        {"CurrencyShortdesc": code, "CurrencyName": title, "CurrencyISO3": iso, "CurrencyDigits": str(digits)}
        for code, title, iso, digits in codes.CURRENCIES
    ]


def _departments(_hotel: Hotel) -> Table:
    return [
        {
            "DepartmentCode": code,
            "DepartmentName": title,
            "DepartmentShortDesc": title[:5].upper(),
            "DepartmentType": str(kind),
            "DepartmentArrangement": "0",
        }
        for code, (title, kind) in codes.DEPARTMENTS.items()
    ]


LISTS: dict[str, Callable[[Hotel], Table]] = {
    "SystemDate": _system_date,
    "SystemInfo": _system_info,
    "RoomType": _room_types,
    "Market": _markets,
    "Source": _sources,
    "Channel": _channels,
    "Country": _countries,
    "CurrencyList": _currencies,
    "Department": _departments,
    "Departments": _departments,
}
WITHOUT_FIELDS = frozenset({"SystemDate", "SystemInfo"})
"""Their conditions and fields are ignored; all others must name the fields they want."""
