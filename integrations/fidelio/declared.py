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

_OXI_STAY = frozenset(
    {
        "state", "arrival", "departure", "confirmation", "room", "room_type", "adults", "children", "profile_id",
        "guest_name", "companion_ids", "company_id", "agent_id", "rate_code", "market", "source", "channel", "rate",
    }
)  # fmt: skip
_OXI_PROFILE = frozenset(
    {
        "kind", "last_name", "first_name", "title", "company_name", "gender", "language", "phones", "emails", "city",
        "country", "postcode", "no_mailing", "no_emailing",
    }
)  # fmt: skip
_ORACLE = _BOOKS | {Fact.POSTINGS, Fact.BUSINESS_DATE}

DECLARED: Mapping[str, Declared] = {
    # The XML Interface knows all but the rooms' state and the moment; folio lines and nights come when asked for.
    "suite8": Declared(
        STAY_FIELDS - {"nights"}, PROFILE_FIELDS, _BOOKS | {Fact.POSTINGS, Fact.BUSINESS_DATE}
    ),
    # Guests in house only, names as the site has set them, room status on OPERA.
    "fias": Declared(_FIAS_STAY, _FIAS_PROFILE, frozenset({Fact.IN_HOUSE, Fact.INSTANT})),
    "opera_cloud": Declared(
        STAY_FIELDS - {"nights", "group", "notes", "financial_account"},
        PROFILE_FIELDS - {"notes", "memberships", "preferences", "merged_into"},
        _BOOKS | {Fact.POSTINGS},
    ),
    "oxi": Declared(_OXI_STAY, _OXI_PROFILE, _BOOKS | {Fact.INSTANT}),
}
"""By kind. A database is asked by its profile (:data:`OF_DATABASE`); export files declare what their map has."""

AUTHORITY: Mapping[str, int] = {
    "suite8": 50,
    "opera_db": 50,
    "opera_cloud": 50,
    "oxi": 40,
    "exports": 30,
    "fias": 10,
}
"""Who is believed about details when two doors know one: the books before messages, messages before files."""

OF_DATABASE: Mapping[str, Declared] = {
    "opera5": Declared(
        STAY_FIELDS - {"room_revenue", "notes", "financial_account"},
        PROFILE_FIELDS - {"notes", "memberships", "preferences", "anonymised"},
        _ORACLE,
    ),
    "suite8": Declared(
        STAY_FIELDS
        - {
            "confirmation", "children", "total", "room_revenue", "market", "source", "channel", "group", "guarantee",
            "notes", "financial_account", "created_at",
        },
        PROFILE_FIELDS
        - {
            "language", "nationality", "vip", "city", "country", "address", "postcode", "notes", "memberships",
            "preferences", "no_mailing", "no_emailing", "blacklisted", "merged_into", "anonymised", "deleted",
            "created_at",
        },
        _ORACLE,
    ),
}  # fmt: skip
"""What the statements of each Oracle profile read."""
