"""A small hotel in the store for tests of guests: who is in, who comes, who was."""

from datetime import date
from decimal import Decimal

from domain.guests import Profile, ProfileKind
from domain.stays import Money, Night, Posting, PostingKind, Stay, StayState
from storage import runs, staging
from tests.lab import GRANTS, Lab

TODAY = date(2026, 11, 20)
IVANOV = Profile(
    "P1", ProfileKind.INDIVIDUAL, last_name="Ivanov", first_name="Ivan", phones=("+7 921 555-12-34",),
    emails=("ivan@guest.example",), birthday=date(1980, 11, 21), vip="GOLD7", notes="allergic to nuts",
    preferences=("high floor",), nationality="RU", address="Лесная, 1", extra={"passport": "4510 123456", "marketing_consent": "yes"},
)  # fmt: skip
PETROVA = Profile(
    "P2", ProfileKind.INDIVIDUAL, last_name="Petrova", first_name="Anna", phones=("+7 921 555-99-99",),
    emails=("anna@guest.example",), no_mailing=True, no_emailing=True,
)  # fmt: skip
FIRM = Profile("P3", ProfileKind.COMPANY, company_name="Северный Берег")
STAYS = [
    Stay("R1", StayState.IN_HOUSE, TODAY, date(2026, 11, 23), "P1", "Ivanov Ivan", "CRS1", room="305", room_type="LUX",
         adults=2, children=1, rate_code="BAR", rate=Money(Decimal("150.50"), "EUR"),
         total=Money(Decimal("451.50"), "EUR"), company_id="P3", notes="late arrival",
         nights=(Night(TODAY, "305"), Night(date(2026, 11, 21), "412"))),
    Stay("R2", StayState.CONFIRMED, TODAY, date(2026, 11, 21), "P2", "Petrova Anna", room="306",
         total=Money(Decimal("99.00"), "EUR")),
    Stay("R0", StayState.CHECKED_OUT, date(2025, 3, 1), date(2025, 3, 4), "P1", "Ivanov Ivan", room="101"),
]  # fmt: skip
POSTINGS = [
    Posting("1", "R1", PostingKind.CHARGE, "ROOM", Money(Decimal("200.25"), "EUR"), TODAY),
    Posting("2", "R1", PostingKind.PAYMENT, "CARD", Money(Decimal("-50.25"), "EUR"), TODAY),
]

# What each level shows on the card of R1, and what nobody is ever shown in a chat.
BASIC = ("Ivanov Ivan", "305", "GOLD7", "2 взрослых", "1 ребёнок", "LUX", "Северный Берег", "R1", "с 21.11 412",
         "Раньше: 1 раз", "+7 ••• •••-••-34", "i•••@g•••.example")  # fmt: skip
CONTACT = ("555-12-34", "ivan@guest.example")
MONEY = ("451,50", "150,50", "BAR", "200,25", "150\u00a0€")
ALL = ("21.11 — во время", "high floor", "allergic to nuts", "late arrival")
NEVER = ("4510", "123456", "1980", "Лесная")


async def stage(lab: Lab, profiles: list[Profile], stays: list[Stay], postings: list[Posting] = []) -> None:  # noqa: B006
    """Store what a PMS told."""
    (hotel, *_) = lab.portal.hotels
    async with lab.db.transaction() as tx:
        run_id = await runs.start(tx, lab.portal.id, hotel.id, "sync", lab.clock.now)
        await staging.upsert(
            tx, lab.portal.id, hotel, profiles, stays, postings, run_id=run_id, now=lab.clock.now
        )


async def filled(lab: Lab) -> Lab:
    """The lab with the small hotel staged."""
    await stage(lab, [IVANOV, PETROVA, FIRM], STAYS, POSTINGS)
    return lab


async def give(lab: Lab, user_id: str, grants: list[object]) -> None:
    """Roles for one user, the others keep theirs."""
    async with lab.scopes.writing(lab.portal.id) as scope:
        await lab.people.apply_settings(scope, {**GRANTS, user_id: grants})  # type: ignore[dict-item]
