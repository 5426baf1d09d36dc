"""Who is who: a person of a portal, with accounts in messengers, roles and a level of privacy (decision 4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.chat import Channel


class Role(StrEnum):
    """What somebody does in the hotel or at the desk; every portal user is at least ``staff``."""

    STAFF = "staff"
    FRONT_DESK = "front_desk"
    MARKETING = "marketing"
    MANAGER = "manager"
    REPRESENTATIVE = "representative"
    SUPPORT = "support"
    ADMIN = "admin"


class Privacy(StrEnum):
    """How much of a guest one may see; each level holds the ones before it. Passport data: never."""

    BASIC = "basic"
    CONTACT = "contact"
    MONEY = "money"
    ALL = "all"

    @property
    def rank(self) -> int:
        return list(Privacy).index(self)


DEFAULT_PRIVACY: Mapping[Role, Privacy] = {
    Role.STAFF: Privacy.BASIC,
    Role.FRONT_DESK: Privacy.BASIC,
    Role.MARKETING: Privacy.CONTACT,
    Role.MANAGER: Privacy.MONEY,
    Role.REPRESENTATIVE: Privacy.BASIC,
    Role.SUPPORT: Privacy.BASIC,
    Role.ADMIN: Privacy.ALL,
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One role given to one person; ``hotels`` empty = all, ``privacy`` None = the role's default."""

    role: Role
    hotels: tuple[str, ...] = ()
    privacy: Privacy | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person known to a portal. ``accounts`` maps a channel to the messenger's user id."""

    id: int
    portal_id: int
    name: str
    email: str | None = None
    language: str = "ru"
    accounts: Mapping[Channel, str] = field(default_factory=dict)
    grants: tuple[Grant, ...] = ()
    blocked: frozenset[Channel] = frozenset()
    """Where the person doesn't let the bot write to him."""

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset({Role.STAFF, *(grant.role for grant in self.grants)})

    def has(self, *roles: Role) -> bool:
        """Whether the person plays one of the roles; an administrator plays all but support's."""
        return bool(self.roles & set(roles)) or (Role.ADMIN in self.roles and set(roles) != {Role.SUPPORT})

    @property
    def privacy(self) -> Privacy:
        """The highest level any role gives."""
        return highest(grant.privacy or DEFAULT_PRIVACY[grant.role] for grant in self.grants)

    def as_guest(self) -> "Person":
        """The same person at another portal's desk: no role of his counts there, but that he speaks for his own."""
        return replace(self, grants=tuple(one for one in self.grants if one.role is Role.REPRESENTATIVE))

    @property
    def login(self) -> str:
        """«Мой логин»: the e-mail, else ``id:N`` (decision 16)."""
        return self.email or f"id:{self.accounts.get(Channel.BITRIX24, self.id)}"


def highest(levels: Iterable[Privacy]) -> Privacy:
    """The widest of the levels; basic when there is none."""
    return max(levels, key=lambda level: level.rank, default=Privacy.BASIC)


def lower(one: Privacy, other: Privacy) -> Privacy:
    """The narrower of two levels: the asker's and the chat's."""
    return min(one, other, key=lambda level: level.rank)
