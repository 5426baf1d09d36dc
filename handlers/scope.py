"""What every use case works with: one open transaction, the portal it belongs to, the moment it happens."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.people import Person
from domain.portal import Portal
from domain.ports import Clock, Texts
from domain.secrets import SecretKind, blank_secrets
from storage import Database, Tx


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

    def __init__(self, db: Database, clock: Clock, texts: Texts, portals: Callable[[int], Portal]) -> None:
        self.db = db
        self.clock = clock
        self.texts = texts
        self.portals = portals
        self.written: list[Callable[[], None]] = []
        """Called after each commit: the loops that wait for new rows."""

    @asynccontextmanager
    async def writing(self, portal_id: int, actor: Person | None = None) -> AsyncIterator[Scope]:
        """A use case that may write; committed when the block ends, undone when it raises."""
        async with self.db.transaction() as tx:
            yield Scope(tx, self.portals(portal_id), self.clock(), self.texts, actor)
        for wake in self.written:
            wake()

    @asynccontextmanager
    async def reading(self, portal_id: int, actor: Person | None = None) -> AsyncIterator[Scope]:
        """A use case that only reads."""
        async with self.db.reading() as tx:
            yield Scope(tx, self.portals(portal_id), self.clock(), self.texts, actor)
