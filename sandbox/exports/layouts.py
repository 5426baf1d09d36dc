"""Stock layouts: what reports of Suite 8 and OPERA leave behind. No document fixes them; sites change them at will."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from xml.sax.saxutils import escape

from sandbox.hotel.hotel import Hotel
from sandbox.hotel.records import CANCELLED, NO_SHOW, OFFER, TENTATIVE, WAITLIST, Profile, Reservation

_STATES = {
    "tentative": "Предварительно",
    "confirmed": "Подтверждено",
    "in_house": "Проживает",
    "checked_out": "Выехал",
    "cancelled": "Аннулировано",
    "no_show": "Незаезд",
}
_CSV_HEAD = [
    "№ брони",
    "Код гостя",
    "Фамилия",
    "Имя",
    "Телефон",
    "E-mail",
    "Дата рождения",
    "Заезд",
    "Выезд",
    "Номер",
    "Категория",
    "Взрослых",
    "Детей",
    "Тариф",
    "Сумма",
    "Статус",
    "Источник",
    "Изменено",
    "Примечание",
]
_MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905 - a list of words
PAGE_LINES = 50


@dataclass(frozen=True)
class Layout:
    """One sort of file: how it is called, encoded, and made."""

    pattern: str
    encoding: str
    make: Callable[[Hotel, Iterable[Reservation]], str]


def state_of(stay: Reservation) -> str:
    """The canonical state of a reservation, as reports tell it."""
    if stay.no_avail in (CANCELLED, NO_SHOW):
        return "cancelled" if stay.no_avail == CANCELLED else "no_show"
    if stay.checked_out:
        return "checked_out"
    if stay.checked_in:
        return "in_house"
    held = stay.no_avail in (WAITLIST, OFFER) or stay.status == TENTATIVE
    return "tentative" if held else "confirmed"


def reservations_csv(hotel: Hotel, stays: Iterable[Reservation]) -> str:
    """All reservations by Russian headers, semicolons, decimal commas; two lines of a title above."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([f"Отель {hotel.config.code}: бронирования"])
    writer.writerow([f"Сформировано {hotel.clock.now():%d.%m.%Y %H:%M}"])
    writer.writerow(_CSV_HEAD)
    for stay in stays:
        guest = hotel.profiles[stay.profile]
        total = f"{hotel.total(stay):.2f}".replace(".", ",")
        known = (stay.id, guest.id, guest.last_name, guest.first_name)
        contact = (", ".join(guest.phones), ", ".join(guest.emails), _day(guest.birthday))
        room = (
            _day(stay.arrival),
            _day(stay.departure),
            stay.room,
            stay.room_type,
            stay.adults,
            stay.children,
        )
        money = (stay.rate_code, total, _STATES[state_of(stay)], stay.source)
        writer.writerow((*known, *contact, *room, *money, f"{stay.updated:%d.%m.%Y %H:%M:%S}", stay.comment))
    return out.getvalue()


def in_house_txt(hotel: Hotel, stays: Iterable[Reservation]) -> str:
    """Guests in the house as a printed report: fixed width, pages with a head of their own, no states."""
    head = "ROOM    GUEST NAME                      ARRIVAL   DEPARTURE  PAX  RATE CODE  VIP  RES NO"
    lines: list[str] = []
    for index, stay in enumerate(one for one in stays if one.in_house):
        if index % PAGE_LINES == 0:
            page = index // PAGE_LINES + 1
            lines += [
                f"{hotel.config.code}  GUESTS IN HOUSE  {hotel.clock.now():%d.%m.%y}  PAGE {page}",
                head,
                "-" * 88,
            ]
        guest = hotel.profiles[stay.profile]
        name = f"{guest.last_name} {guest.first_name}"[:30]
        lines.append(
            f"{stay.room:<8}{name:<32}{stay.arrival:%d.%m.%y}  {stay.departure:%d.%m.%y}   "
            f"{stay.adults:<5}{stay.rate_code:<11}{guest.vip:<5}{stay.id}"
        )
    return "\r\n".join(lines) + "\r\n"


def res_detail_xml(hotel: Hotel, stays: Iterable[Reservation]) -> str:
    """A report of Oracle Reports as XML: upper-case elements, days like 23-NOV-26, UTF-8."""
    rows = "".join(_xml_row(hotel, stay) for stay in stays)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<RES_DETAIL>\n<LIST_G_RESERVATION>\n'
        f"{rows}</LIST_G_RESERVATION>\n</RES_DETAIL>\n"
    )


def _xml_row(hotel: Hotel, stay: Reservation) -> str:
    guest: Profile = hotel.profiles[stay.profile]
    cells: Mapping[str, object] = {
        "RESV_NAME_ID": stay.id,
        "GUEST_NAME_ID": guest.id,
        "LAST_NAME": guest.last_name,
        "FIRST_NAME": guest.first_name,
        "NATIONALITY": guest.country,
        "VIP_STATUS": guest.vip,
        "ARRIVAL": _oracle_day(stay.arrival),
        "DEPARTURE": _oracle_day(stay.departure),
        "ROOM_NO": stay.room,
        "ROOM_CATEGORY_LABEL": stay.room_type,
        "ADULTS": stay.adults,
        "CHILDREN": stay.children,
        "RATE_CODE": stay.rate_code,
        "RATE_AMOUNT": f"{stay.rate:.2f}",
        "CONFIRMATION_NO": stay.crs_number,
        "STATUS": state_of(stay).upper().replace("_", " "),
        "MARKET_CODE": stay.market,
    }
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in cells.items())
    return f"<G_RESERVATION>{inside}</G_RESERVATION>\n"


def _day(day: date | None) -> str:
    return f"{day:%d.%m.%Y}" if day else ""


def _oracle_day(day: date) -> str:
    return f"{day:%d}-{_MONTHS[day.month - 1]}-{day:%y}"


LAYOUTS: Mapping[str, Layout] = {
    "reservations": Layout("reservations_{at}.csv", "cp1251", reservations_csv),
    "inhouse": Layout("inhouse_{at}.txt", "cp866", in_house_txt),
    "res_detail": Layout("res_detail_{at}.xml", "utf-8", res_detail_xml),
}


def file_name(layout: Layout, at: datetime) -> str:
    """The name a scheduler gives, with the moment in it."""
    return layout.pattern.format(at=f"{at:%Y%m%d_%H%M%S}")
