"""One call of another program: its transaction, and with an idempotency key its answer kept in the same transaction.

A call that is refused leaves nothing, its key included: it may be tried again with the same key.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from domain.api_tokens import Token
from domain.errors import Refused
from handlers.scope import Scope, Scopes
from storage import api_answers
from storage.sealing import Place, Sealer

KEPT_FOR = timedelta(hours=24)
_JSON = "{[n"
"""How a body begins that isn't sealed: an object, a list, or null."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to: JSON-ready ``body`` (None: none), further ``headers``."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False
    secret: bool = False
    """Whether the body holds a secret: it is kept sealed then."""


@dataclass(frozen=True, slots=True)
class Once:
    """A key under which a call is carried out once. ``operation``: method and path; ``body_hash`` of what is asked."""

    operation: str
    key: str
    body_hash: str


Work = Callable[[Scope], Awaitable[Answer]]


class Calls:
    """Opens the transactions of the API."""

    def __init__(self, scopes: Scopes, sealer: Sealer) -> None:
        self._scopes = scopes
        self._sealer = sealer

    async def read(self, token: Token, language: str, work: Work) -> Answer:
        """A call that only reads."""
        async with self._scopes.reading(token.portal_id, token.actor) as scope:
            return await work(scope.speaking(language))

    async def write(self, token: Token, language: str, work: Work, once: Once | None = None) -> Answer:
        """A call that writes. Refused("idempotency-key-reused") when the key was used for something else."""
        async with self._scopes.writing(token.portal_id, token.actor) as scope:
            speaking = scope.speaking(language)
            if once is None:
                return await work(speaking)
            return await self._once(speaking, token, once, work)

    async def _once(self, scope: Scope, token: Token, once: Once, work: Work) -> Answer:
        kept = await api_answers.begin(
            scope.tx,
            portal_id=token.portal_id,
            token_id=token.id,
            operation=once.operation,
            key=once.key,
            body_hash=once.body_hash,
            now=scope.now,
            kept_since=scope.now - KEPT_FOR,
        )
        place = Place("api_answers", token.portal_id, "body")
        if kept is not None:
            if kept.body_hash != once.body_hash:
                raise Refused("idempotency-key-reused")
            plain = kept.body if kept.body[:1] in _JSON else self._sealer.open(kept.body, place)
            body = orjson.loads(plain)
            return Answer(kept.status, body, kept.headers, replayed=True)
        answer = await work(scope)
        spelt = orjson.dumps(answer.body).decode()
        await api_answers.finish(
            scope.tx,
            token.id,
            once.operation,
            once.key,
            status=answer.status,
            headers=answer.headers,
            body=self._sealer.seal(spelt, place) if answer.secret else spelt,
        )
        return answer
