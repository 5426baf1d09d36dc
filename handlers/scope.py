"""What every use case works with: one open transaction, the portal it belongs to, the moment it happens."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.errors import Permanent
from domain.people import Person
from domain.portal import Portal
from domain.ports import Clock, Texts
from domain.secrets import SecretKind, blank_secrets
from handlers.turns import Turns
from storage import Database, Tx
from storage.wakes import Wakes

WRITTEN, ARRIVED = "written", "arrived"
"""Words between processes: rows were written for a portal, events arrived for it."""


PortalOf = Callable[[int], Portal]


def _nobody() -> Portal:
    raise Permanent("portal-unknown")


@dataclass(frozen=True, slots=True)
class Scope:
    """One use case, one transaction. ``actor`` is None when the clock or a caller without account acts."""

    tx: Tx
    portal: Portal
    now: datetime
    texts: Texts
    actor: Person | None = None
    spoken: str | None = None
    blanked: set[SecretKind] = field(default_factory=set)
    """Secrets found in this use case's words; whoever talks to the person says so and clears it."""
    portals: PortalOf = field(default=lambda _portal_id: _nobody(), repr=False)
    home: Portal | None = None
    """At a vendor's desk: the portal of the customer whose person acts."""
    reached: set[int] = field(default_factory=set)
    """Other portals by which something of this use case leaves."""

    def at_desk(self) -> "Scope":
        """The same use case at the desk that works this portal's requests: its own, or its vendor's (decision 1)."""
        if self.portal.served_at == self.portal.id:
            return self
        actor = self.actor.as_guest() if self.actor else None
        return replace(self, portal=self.portals(self.portal.served_at), home=self.portal, actor=actor)

    def customer(self, home_id: int | None) -> Portal:
        """The portal whose request it is; this one where its customer's was uninstalled."""
        if home_id is None:
            return self.portal
        try:
            return self.portals(home_id)
        except Permanent:
            return self.portal

    def clean(self, text: str) -> str:
        """A person's words as they may be stored: secrets blanked, and noted in :attr:`blanked`."""
        kept, found = blank_secrets(text.strip())
        self.blanked.update(found)
        return kept

    @property
    def language(self) -> str:
        return self.spoken or (self.actor.language if self.actor else self.portal.language)

    def speaking(self, language: str) -> "Scope":
        """The same use case with the words of somebody who reads another language."""
        return replace(self, spoken=language)

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """A part that may be refused: what it wrote is undone when it raises, the rest of the use case stands."""
        async with self.tx.begin_nested():
            yield

    def text(self, key: str, /, **params: object) -> str:
        """A text in the actor's language."""
        return self.texts(key, self.language, **params)


class Scopes:
    """Opens scopes. ``portals`` gives a portal as it is configured now."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        texts: Texts,
        portals: Callable[[int], Portal],
        *,
        turns: Turns | None = None,
        wakes: Wakes | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.texts = texts
        self.portals = portals
        self.turns = turns or Turns()
        self.wakes = wakes
        """None: there are no other processes to hear from or to tell."""
        self.written: list[Callable[[], None]] = []
        """Called after each commit: the loops that wait for new rows."""

    @asynccontextmanager
    async def writing(self, portal_id: int, actor: Person | None = None) -> AsyncIterator[Scope]:
        """A use case that may write; committed when the block ends, undone when it raises."""
        async with self.db.transaction() as tx:
            scope = self._scope(tx, portal_id, actor)
            yield scope
        for wake in self.written:
            wake()
        for one in {portal_id, *scope.reached}:
            self.tell(WRITTEN, one)

    def tell(self, topic: str, portal_id: int) -> None:
        """Tell whoever serves the portal, if it isn't us, that there is something to do."""
        if self.wakes is not None and not self.turns.serves(portal_id):
            self.wakes.tell(topic, portal_id)

    def patience(self, alone_s: float, told_s: float) -> float:
        """How long to sleep between two looks: longer where other processes tell us what they wrote."""
        return told_s if self.wakes is not None and self.wakes.listening else alone_s

    @asynccontextmanager
    async def reading(self, portal_id: int, actor: Person | None = None) -> AsyncIterator[Scope]:
        """A use case that only reads."""
        async with self.db.reading() as tx:
            yield self._scope(tx, portal_id, actor)

    def _scope(self, tx: Tx, portal_id: int, actor: Person | None) -> Scope:
        return Scope(tx, self.portals(portal_id), self.clock(), self.texts, actor, portals=self.portals)
