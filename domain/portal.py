"""A portal as Concierge serves it: its desk, its people, its hotels. Filled from settings and the database."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.alerts import AlertKind
from domain.doors import Door, Fact, first_door
from domain.mapping.mapping import FieldMapping, default_mapping
from domain.ports import SourceWindow
from domain.privacy import PrivacyRules


@dataclass(frozen=True, slots=True)
class Hotel:
    """One hotel. ``id`` is the database's; ``code`` is unique within the portal."""

    id: int
    code: str
    name: str
    timezone: str = "Europe/Moscow"
    currency: str = "RUB"
    days_back: int = 30
    days_ahead: int = 365
    every_minutes: int = 15
    full_at: str = "04:30"
    rooms: int | None = None
    morning_at: str = ""
    alerts: frozenset[AlertKind] = frozenset(AlertKind)
    alert_days: int = 1
    alert_chats: tuple[str, ...] = ()
    """When the day's picture goes to the managers, ``08:00`` in the hotel's zone; empty: it doesn't."""
    country: str = "RU"
    own_contacts: tuple[str, ...] = ()
    """The hotel's phones and e-mails, which reception types for guests who gave none: nobody is known by them."""
    warn_share: float = 0.05
    """Managers are warned when a larger part of a run's records failed."""
    pause_after: int = 5
    """The clock stops ordering after so many runs in a row that came to nothing; 0: never."""
    remake_deleted: bool = True
    """What a change does to an item that people deleted in the CRM: makes it anew, or else is listed as failed."""
    doors: tuple[Door, ...] = ()
    """As configured; empty (tests, tools): one door that gives everything."""
    mapping: FieldMapping = field(default_factory=default_mapping)

    @property
    def first_door(self) -> Door | None:
        """The door whose numbers are the hotel's."""
        return first_door(self.doors)

    @property
    def authority(self) -> dict[str, int]:
        """How far each door is trusted with details, by name."""
        return {door.name: door.authority for door in self.doors}

    def door(self, name: str) -> Door | None:
        return next((door for door in self.doors if door.name == name), None)

    def knows(self, entity: str, field_name: str) -> bool:
        """Whether any door can tell this field of a ``stay`` or ``profile``; where none can: «нет данных»."""
        return not self.doors or any(door.declared.knows(entity, field_name) for door in self.doors)

    def gives(self, fact: Fact) -> bool:
        """Whether any door gives this; a list of what none gives says «нет данных»."""
        return not self.doors or any(fact in door.declared.facts for door in self.doors)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def originator(self) -> str:
        """Our mark on the CRM's items."""
        return f"concierge:{self.code}"

    def window(self, today: date) -> SourceWindow:
        return SourceWindow(today - timedelta(days=self.days_back), today + timedelta(days=self.days_ahead))


@dataclass(frozen=True, slots=True)
class Desk:
    """How a portal's support desk works."""

    prefix: str = "FB"
    hours: str = "Mon-Fri 09:00-18:00"
    timezone: str = "Europe/Moscow"
    calendar: str = "RU"
    support_users: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    representatives: tuple[str, ...] = ()
    responsible: str | None = None
    reopen_days: int = 14
    levels: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    calendar_exceptions: dict[str, str] = field(default_factory=dict)
    escalation: dict[str, Any] = field(default_factory=dict)
    """As the settings give it; empty: the portal's own rules in the database, or the defaults."""
    telegram_support_chat: str | None = None
    telegram_managers_chat: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def responsible_user(self) -> str | None:
        """Who has a new task until somebody takes it (decision 11)."""
        return self.responsible or (self.support_users[0] if self.support_users else None)


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal with everything the handlers need to know of it."""

    id: int
    key: str
    url: str
    language: str = "ru"
    timezone: str = "Europe/Moscow"
    desk: Desk = field(default_factory=Desk)
    privacy: PrivacyRules = field(default_factory=PrivacyRules)
    hotels: tuple[Hotel, ...] = ()
    name: str = ""
    """As its vendor's desk calls it."""
    desk_id: int | None = None
    """The portal whose desk works this one's requests (decision 1); None: its own."""

    @property
    def served_at(self) -> int:
        """The id of the portal where its requests are worked."""
        return self.id if self.desk_id is None else self.desk_id

    def hotel(self, code: str) -> Hotel | None:
        """The hotel of that code, letter case aside."""
        return next((hotel for hotel in self.hotels if hotel.code.casefold() == code.casefold()), None)

    def item_url(self, entity: str, crm_id: int) -> str:
        """Where people see an item of the CRM."""
        return f"{self.url.rstrip('/')}/crm/{entity}/details/{crm_id}/"

    def local(self, at: datetime, zone: str | None = None) -> datetime:
        """A moment as the portal's people see it."""
        return at.astimezone(ZoneInfo(zone or self.timezone))
