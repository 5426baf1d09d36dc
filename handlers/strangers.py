"""Accounts nobody vouched for: a Telegram account acts only after ``/link`` (and says nothing in groups)."""

from domain.chat import IncomingKind, IncomingMessage, Reply
from domain.errors import Refused
from handlers import outgoing
from handlers.people import People
from handlers.scope import Scope

LANGUAGES = frozenset({"ru", "en"})
ANSWERED = frozenset({IncomingKind.TEXT, IncomingKind.COMMAND, IncomingKind.PRESS, IncomingKind.JOINED})
"""Who blocks the bot or takes a message back expects no word."""


class Strangers:
    """What an unknown account can do: tie itself to a colleague."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def handle(self, scope: Scope, event: IncomingMessage) -> None:
        """``/link CODE`` ties the account; anything else in private is answered with how to."""
        if not event.is_private or event.sender.is_bot or event.edited or event.kind not in ANSWERED:
            return
        if event.sender.language in LANGUAGES:
            scope = scope.speaking(event.sender.language)
        code = event.text.strip() if event.command == "link" else ""
        await outgoing.post(scope, event.address, Reply(await self._answer(scope, event, code)), urgent=True)

    async def _answer(self, scope: Scope, event: IncomingMessage, code: str) -> str:
        if event.kind is not IncomingKind.COMMAND or not code:
            return scope.text("link-first")
        try:
            async with scope.attempt():
                person = await self._people.link(scope, event.sender, code)
        except Refused as refusal:
            return scope.text(f"error-{refusal.code}", **refusal.params)
        return scope.speaking(person.language).text("linked", name=person.name)
