"""An ordered queue of messages. One without SUCCESS stays first and blocks the rest, as OXI's does."""

from __future__ import annotations

import re
from collections import deque
from xml.sax.saxutils import escape, quoteattr

import aiohttp

from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelEvent
from sandbox.hotel.records import AGENT, COMPANY, NO_SHOW, SOURCE, Profile, Reservation

_ACTIONS = {
    "checkin": "CHECKIN", "checkout": "CHECKOUT", "cancel": "CANCEL", "noshow": "NOSHOW", "booking": "ADD",
    "reinstate": "EDIT", "move": "EDIT", "change": "EDIT",
}  # fmt: skip
_KINDS = {COMPANY: "CORPORATE", AGENT: "TRAVEL_AGENT", SOURCE: "SOURCE"}
_ANSWER = re.compile(r"<\?Label [^?]*\|(\w+)\?>")


class Poster:
    """One hotel's outgoing queue. ``encoding`` is what the documents are written in."""

    def __init__(
        self, hotel: Hotel, url: str, session: aiohttp.ClientSession, encoding: str = "utf-8"
    ) -> None:
        self._hotel, self._url, self._session = hotel, url, session
        self.encoding = encoding
        self.waiting: deque[tuple[int, str, str]] = deque()
        self.last = 0
        hotel.listen(self._happened)

    def _happened(self, event: HotelEvent) -> None:
        if event.kind == "profile" and event.profile is not None:
            self._put("PROFILE", profile(self._hotel.profiles[event.profile]))
        elif event.kind in _ACTIONS and event.guest_num is not None:
            stay = self._hotel.reservations[event.guest_num]
            self._put("RESERVATION", reservation(stay, self._hotel, _ACTIONS[event.kind]))

    def _put(self, module: str, document: str) -> None:
        self.last += 1
        self.waiting.append((self.last, module, document))

    async def post(self) -> int:
        """Post until the queue is empty or an answer isn't SUCCESS; how many were answered."""
        answered = 0
        while self.waiting:
            number, module, document = self.waiting[0]
            if not await self.post_one(number, module, document):
                break
            self.waiting.popleft()
            answered += 1
        return answered

    async def post_one(self, number: int, module: str, document: str) -> bool:
        """Post one message; whether the answer's label says SUCCESS."""
        head = f'<?xml version="1.0" encoding="{self.encoding}"?><?Label GRAND|{module}|{number}|NEW?>'
        headers = {"Content-Type": f"text/xml; charset={self.encoding}"}
        body = (head + document).encode(self.encoding, "xmlcharrefreplace")
        async with self._session.post(self._url, data=body, headers=headers) as response:
            found = _ANSWER.search(await response.text())
            return response.status == 200 and found is not None and found[1] == "SUCCESS"


def reservation(stay: Reservation, hotel: Hotel, action: str) -> str:
    """A reservation message with the profiles of its guests."""
    guests = [stay.profile, *stay.companions]
    rows = "".join(
        f"<ResGuest><resGuestRPH>{n}</resGuestRPH><profileRPHs>{n}</profileRPHs></ResGuest>"
        for n in range(len(guests))
    )
    firms = [number for number in (stay.company, stay.agent) if number]
    profiles = "".join(
        f"<ResProfile><resProfileRPH>{n}</resProfileRPH>{profile(hotel.profiles[number], inner=True)}</ResProfile>"
        for n, number in enumerate([*guests, *firms])
    )
    counts = "".join(
        f"<GuestCount><ageQualifyingCode>{who}</ageQualifyingCode><mfCount>{count}</mfCount></GuestCount>"
        for who, count in (("ADULT", stay.adults), ("CHILD", stay.children))
    )
    return (
        f'<Reservation xmlns="reservation.fidelio.5.0" mfReservationAction="{action}" mfShareAction="NA">'
        f"<HotelReference><hotelCode>GRAND</hotelCode></HotelReference>"
        f"<confirmationID>{escape(stay.crs_number)}</confirmationID><reservationID>{stay.id}</reservationID>"
        f'<StayDateRange timeUnitType="DAY"><startTime>{stay.arrival.isoformat()}T00:00:00.000</startTime>'
        f"<numberOfTimeUnits>{stay.nights}</numberOfTimeUnits></StayDateRange><GuestCounts>{counts}</GuestCounts>"
        f'<RoomStays><RoomStay reservationStatusType="{_status(stay)}">'
        f"<roomInventoryCode>{escape(stay.room_type)}</roomInventoryCode><roomID>{escape(stay.room)}</roomID>"
        f"<RatePlans><RatePlan><ratePlanCode>{escape(stay.rate_code)}</ratePlanCode>"
        f'<Rates><Rate><Amount currencyCode="RUB"><valueNum>{stay.rate}</valueNum></Amount></Rate></Rates>'
        f"<mfMarketCode>{escape(stay.market)}</mfMarketCode><mfsourceCode>{escape(stay.source)}</mfsourceCode>"
        f"<mfchannelCode>{escape(stay.channel)}</mfchannelCode></RatePlan></RatePlans></RoomStay></RoomStays>"
        f"<ResGuests>{rows}</ResGuests><ResProfiles>{profiles}</ResProfiles></Reservation>"
    )


def _status(stay: Reservation) -> str:
    if stay.checked_out:
        return "CHECKEDOUT"
    if stay.no_avail:
        return "NOSHOW" if stay.no_avail == NO_SHOW else "CANCELED"
    return "INHOUSE" if stay.checked_in else "RESERVED"


def profile(guest: Profile, *, inner: bool = False) -> str:
    """A profile message, or the profile inside a reservation."""
    name = "" if inner else ' xmlns="profile.fidelio.5.0"'
    kind, gender = (
        _KINDS.get(guest.category, "GUEST"),
        {"M": "MALE", "F": "FEMALE"}.get(guest.gender, "UNKNOWN"),
    )
    who = (
        f"<Company><companyName>{escape(guest.last_name)}</companyName></Company>"
        if guest.category in _KINDS
        else f"<IndividualName><namePrefix>{escape(guest.title)}</namePrefix>"
        f"<nameFirst>{escape(guest.first_name)}</nameFirst><nameSur>{escape(guest.last_name)}</nameSur></IndividualName>"
    )
    phones = "".join(
        f"<PhoneNumber><phoneNumber>{escape(one)}</phoneNumber><mfPrimaryYN>{'N' if n else 'Y'}</mfPrimaryYN></PhoneNumber>"
        for n, one in enumerate(guest.phones)
    )
    emails = "".join(
        f"<ElectronicAddress><eAddress>{escape(one)}</eAddress><mfPrimaryYN>{'N' if n else 'Y'}</mfPrimaryYN></ElectronicAddress>"
        for n, one in enumerate(guest.emails)
    )
    return (
        f"<Profile{name} profileType={quoteattr(kind)} gender={quoteattr(gender)}>"
        f"<mfResortProfileID>{guest.id}</mfResortProfileID>{who}<primaryLanguageID>{escape(guest.language)}</primaryLanguageID>"
        f"<PhoneNumbers>{phones}</PhoneNumbers><ElectronicAddresses>{emails}</ElectronicAddresses>"
        f"<PrivacyOption><mfAllowMail>{_yes(not guest.no_mailing)}</mfAllowMail>"
        f"<mfAllowEMail>{_yes(not guest.no_emailing)}</mfAllowEMail></PrivacyOption></Profile>"
    )


def _yes(value: bool) -> str:
    return "YES" if value else "NO"
