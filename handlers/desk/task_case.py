"""One request with the news of its task, in hand inside one transaction: who worked there, and what is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from domain.chat import Address, Channel, Sender
from domain.people import Grant, Person, Role
from domain.ports import ChatWord, TaskNews
from domain.requests import Request
from handlers.people import People
from handlers.scope import Scope
from storage import links, relayed


@dataclass(slots=True)
class Case:
    """``names`` of the portal's users by id, as far as known; ``fresh`` are people's words nobody has taken yet."""

    people: People
    scope: Scope
    request: Request
    link: links.Link
    news: TaskNews
    names: Mapping[str, str]
    fresh: list[ChatWord]
    answered_with: str | None = None

    @property
    def chat(self) -> Address:
        return Address(Channel.BITRIX24, self.link.data["chat"])

    async def acting(self, user_id: str | None, sender: Sender | None = None) -> Scope:
        """The use case with the person who worked in the task as its actor, speaking for support."""
        if user_id is None:
            return self.scope
        person = await self.person(user_id, sender)
        if Role.SUPPORT not in person.roles:
            person = replace(person, grants=(*person.grants, Grant(Role.SUPPORT)))
        return replace(self.scope, actor=person)

    async def person(self, user_id: str, sender: Sender | None = None) -> Person:
        who = sender or Sender(Channel.BITRIX24, user_id, self.names.get(user_id, ""))
        person = await self.people.ensure(self.scope, who)
        assert person is not None  # a portal's own user
        return person

    async def is_requester(self, author: Sender) -> bool:
        person = await self.people.find(self.scope, author)
        if person is None or person.id != self.request.requester_id:
            return False
        return Role.SUPPORT not in person.roles

    async def ours(self) -> set[str]:
        """Ids of the messages that we wrote into the chat ourselves."""
        ids = [word.message_id for word in self.news.words or ()]
        known = await relayed.known(self.scope.tx, self.scope.portal.id, self.chat, ids)
        return {message_id for message_id, one in known.items() if one.role != relayed.ORIGIN}

    async def remember(self, **changes: Any) -> None:
        """Keep with the link what was taken; a crash before the commit takes it again."""
        merged = await links.merge(
            self.scope.tx, self.scope.portal.id, "task", "request", str(self.request.id), **changes
        )
        self.link = merged or self.link
