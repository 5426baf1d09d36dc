"""What each kind of door declares it can tell: where no door of a hotel gives a fact, people read «нет данных»."""

from collections.abc import Mapping

from domain.doors import PROFILE_FIELDS, STAY_FIELDS, Declared, Fact

_BOOKS = frozenset({Fact.BOOKINGS, Fact.IN_HOUSE, Fact.HISTORY, Fact.CANCELLATIONS})

_FIAS_STAY = frozenset(
    {
        "state",
        "arrival",
        "departure",
        "room",
        "profile_id",
        "guest_name",
        "group",
        "share_key",
        "checked_in_at",
        "checked_out_at",
    }
)
_FIAS_PROFILE = frozenset({"kind", "last_name", "first_name", "title", "language", "vip"})

DECLARED: Mapping[str, Declared] = {
    # The XML Interface knows all but the rooms' state and the moment; folio lines and nights come when asked for.
    "suite8": Declared(
        STAY_FIELDS - {"nights"}, PROFILE_FIELDS, _BOOKS | {Fact.POSTINGS, Fact.BUSINESS_DATE}
    ),
    # Guests in house only, names as the site has set them, room status on OPERA.
    "fias": Declared(_FIAS_STAY, _FIAS_PROFILE, frozenset({Fact.IN_HOUSE, Fact.INSTANT})),
    "opera_db": Declared(facts=_BOOKS | {Fact.POSTINGS, Fact.BUSINESS_DATE}),
    "opera_cloud": Declared(STAY_FIELDS - {"nights", "group", "notes"}, facts=_BOOKS | {Fact.POSTINGS}),
    "oxi": Declared(STAY_FIELDS - {"nights"}, PROFILE_FIELDS, _BOOKS | {Fact.INSTANT}),
}
"""By kind. Export files declare what their column map has: :func:`domain.doors.Declared` is made from it."""

AUTHORITY: Mapping[str, int] = {
    "suite8": 50,
    "opera_db": 50,
    "opera_cloud": 50,
    "oxi": 40,
    "exports": 30,
    "fias": 10,
}
"""Who is believed about details when two doors know one: the books before messages, messages before files."""
