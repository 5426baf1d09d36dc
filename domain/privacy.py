"""Who may see what of a guest (152-FZ, decision 4): one table of fields by level, and the level of a person in a place.

Everything that shows a guest asks here, cards and lists and pictures alike; nobody decides for himself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from domain.chat import Address, Channel
from domain.guests import Profile
from domain.people import DEFAULT_PRIVACY, Person, Privacy, Role, highest, lower

BASIC_FIELDS = (
    "name", "vip", "room", "moves", "arrival", "departure", "nights", "state", "room_type", "party", "firm", "group",
    "numbers", "previous", "masked_contacts", "crm_link", "freshness",
)  # fmt: skip
FIELDS: Mapping[str, Privacy] = {
    **dict.fromkeys(BASIC_FIELDS, Privacy.BASIC),
    **dict.fromkeys(("phones", "emails"), Privacy.CONTACT),
    **dict.fromkeys(("rate", "amount", "revenue", "folio"), Privacy.MONEY),
    **dict.fromkeys(
        ("birthday", "preferences", "comments", "language", "nationality", "address", "memberships"),
        Privacy.ALL,
    ),
}
"""The lowest level that shows a field. What isn't here is shown to nobody."""
NEVER = frozenset({"passport", "document", "card_number", "extra"})
"""Not in a chat, not in a file, at no level."""


def visible(level: Privacy) -> frozenset[str]:
    """The fields of a level."""
    return frozenset(name for name, needed in FIELDS.items() if needed.rank <= level.rank)


class Marketing(StrEnum):
    """Whose contacts marketing may see: of guests who have agreed, or of all who haven't refused."""

    OPT_IN = "opt_in"
    NOT_OPTED_OUT = "not_opted_out"


CONSENT = "marketing_consent"
"""The key of ``Profile.extra`` under which a door tells that the guest has agreed to be written to."""
_YES = frozenset({"1", "y", "yes", "true", "да", "д"})


def has_agreed(profile: Profile, rule: Marketing) -> bool:
    """Whether marketing may write to a guest at all; a refusal of one channel is asked for besides.

    Article 18 of the Federal Law "On Advertising" wants consent beforehand: silence is none.
    """
    if rule is Marketing.NOT_OPTED_OUT:
        return True
    return profile.extra.get(CONSENT, "").strip().casefold() in _YES


@dataclass(frozen=True, slots=True)
class PrivacyRules:
    """What a portal has set. ``chats``: levels of groups, by ``bitrix24:chat77`` or ``telegram:-100…``.

    ``telegram`` is the most that may travel through Telegram at all: a foreign messenger (cross-border transfer).
    ``card_minutes``: how long a guest's data stand in a chat; 0: for good. ``retention_days``: how long look-ups and
    stays that are over are kept; 0: for good.
    """

    telegram: Privacy = Privacy.BASIC
    chats: Mapping[str, Privacy] = field(default_factory=dict)
    card_minutes: int = 60
    retention_days: int = 0
    marketing: Marketing = Marketing.OPT_IN

    def of_place(self, place: Address, *, private: bool) -> Privacy:
        """The most a place may show, whoever asks there; a group that isn't named shows the basics."""
        named = self.chats.get(f"{place.channel}:{place.chat}")
        match place.channel:
            case Channel.BITRIX24:
                return Privacy.ALL if private else named or Privacy.BASIC
            case Channel.TELEGRAM:
                wanted = named or (self.telegram if private else Privacy.BASIC)
                return lower(wanted, self.telegram)
        return Privacy.BASIC


@dataclass(frozen=True, slots=True)
class Sight:
    """What is shown now: a level, and whether contacts are only those of guests who agreed to be written to."""

    level: Privacy = Privacy.BASIC
    consented_only: bool = False
    marketing: Marketing = Marketing.OPT_IN

    def may_contact(self, profile: Profile, *, refused: bool) -> bool:
        """Whether a guest's contacts are shown whole, as far as his own will goes. ``refused``: this channel."""
        return not self.consented_only or (has_agreed(profile, self.marketing) and not refused)

    def sees(self, name: str) -> bool:
        """Whether a field is shown."""
        return name in visible(self.level)


def own_level(person: Person | None, hotel: str, *, without: Role | None = None) -> Privacy:
    """The widest level somebody's roles give in a hotel (by code), one role left aside."""
    if person is None:
        return Privacy.BASIC
    return highest(
        grant.privacy or DEFAULT_PRIVACY[grant.role]
        for grant in person.grants
        if grant.role is not without
        and (not grant.hotels or hotel.casefold() in map(str.casefold, grant.hotels))
    )


def sight(person: Person | None, hotel: str, rules: PrivacyRules, place: Address) -> Sight:
    """The lower of the asker's level and the place's.

    Whose contacts come from the marketing role alone sees them only of guests who agreed to it.
    """
    private = person is not None and place.topic is None and place.chat == person.accounts.get(place.channel)
    level = lower(own_level(person, hotel), rules.of_place(place, private=private))
    wide = own_level(person, hotel, without=Role.MARKETING)
    return Sight(level, consented_only=wide.rank < Privacy.CONTACT.rank, marketing=rules.marketing)


def mask_phone(number: str) -> str:
    """«+7 ••• •••-••-34»: the country's first digit and the last two, enough to make sure who calls."""
    digits = [char for char in number if char.isdigit()]
    if len(digits) < 6:
        return "•" * len(digits)
    return f"+{digits[0]} ••• •••-••-{''.join(digits[-2:])}"


def mask_email(address: str) -> str:
    """«i•••@g•••.example»."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local:
        return "•••"
    name, dot, ending = domain.rpartition(".")
    return f"{local[0]}•••@{(name or ending)[:1]}•••{dot}{ending if dot else ''}"


def printed() -> str:
    """The table level × field as `docs/roles.md` shows it."""
    lines = ["| field | " + " | ".join(Privacy) + " |", "|---" * (len(Privacy) + 1) + "|"]
    for name, needed in FIELDS.items():
        cells = ["yes" if needed.rank <= level.rank else "–" for level in Privacy]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += [f"| {name} | " + " | ".join("never" for _ in Privacy) + " |" for name in sorted(NEVER)]
    return "\n".join(lines)
