"""What an installed app needs in its portal: the bot with its commands, handlers of events, tabs in the CRM.

All of it is looked at before anything is changed, for the vendor's cloud wipes it with each update of the app, an old
address goes on being called after a move, and binding twice is an error.
Documents: ``api-reference/events/event-{get,bind,unbind}.md``, ``api-reference/widgets/placement-{get,bind,unbind}.md``.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from domain.installations import AppFacts, Ensured
from domain.ports import Lane
from integrations.bitrix24.batching import Command
from integrations.bitrix24.bot import Bot
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import as_bool, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.oauth import Authority

log = logging.getLogger(__name__)

EVENTS = ("ONAPPUPDATE", "ONAPPUNINSTALL", "ONTASKUPDATE", "ONTASKDELETE", "ONTASKCOMMENTADD")
PLACEMENTS = ("CRM_CONTACT_DETAIL_TAB", "CRM_DEAL_DETAIL_TAB")
NO_ADDRESS = "app-no-public-url"


@dataclass(frozen=True, slots=True)
class AppAddresses:
    """Where the portal finds us, and how our tab is called by language (``{"ru": "Гость", "en": "Guest"}``)."""

    events: str
    pages: str
    tab_titles: Mapping[str, str]

    @property
    def known(self) -> bool:
        """Whether there is an address at all: behind a NAT without one, events and tabs can't be had."""
        return bool(urlsplit(self.events).hostname)


@dataclass(slots=True)
class AppSetup:
    """One portal's. ``set_commands`` brings the bot's commands in step."""

    client: BitrixClient
    authority: Authority
    bot: Bot
    set_commands: Callable[[], Awaitable[None]]
    addresses: AppAddresses
    _done: list[str] = field(default_factory=list)
    _problems: list[str] = field(default_factory=list)

    async def ensure(self) -> Ensured:
        """Everything as it should be; idempotent."""
        self._done, self._problems = [], []
        facts = read_facts(await self.client.call("app.info", replay=Replay.SAFE))
        bot_id = await self.bot.ensure()
        await self.set_commands()
        self._problems += self.bot.problems
        if self.addresses.known:
            await self._events()
            await self._placements()
        else:
            self._problems.append(NO_ADDRESS)
        return Ensured(facts, bot_id, tuple(self._done), tuple(self._problems))

    async def keep_alive(self) -> None:
        """A new pair of tokens."""
        tokens = await self.authority.ready()
        await self.authority.renew(tokens.pair)

    async def _events(self) -> None:
        address = self.addresses.events
        listed = as_list(await self.client.call("event.get", replay=Replay.SAFE))
        bound = {
            (as_text(one.get("event")).upper(), as_text(one.get("handler"))) for one in map(as_map, listed)
        }
        work = [
            ("unbind", name, handler)
            for name, handler in sorted(bound)
            if name in EVENTS and handler and handler != address
        ]
        work += [("bind", name, address) for name in EVENTS if (name, address) not in bound]
        await self._carry_out(
            [
                (f"{verb} {name}", f"event.{verb}", {"event": name, "handler": handler})
                for verb, name, handler in work
            ]
        )

    async def _placements(self) -> None:
        page = self.addresses.pages
        listed = as_list(await self.client.call("placement.get", replay=Replay.SAFE))
        bound = {(as_text(one.get("placement")), as_text(one.get("handler"))) for one in map(as_map, listed)}
        work: list[tuple[str, str, Mapping[str, Any]]] = [
            (f"unbind {name}", "placement.unbind", {"PLACEMENT": name, "HANDLER": handler})
            for name, handler in sorted(bound)
            if name in PLACEMENTS and handler != page
        ]
        titles = self.addresses.tab_titles
        about = {
            "TITLE": next(iter(titles.values())),
            "LANG_ALL": {language: {"TITLE": title} for language, title in titles.items()},
        }
        work += [
            (f"bind {name}", "placement.bind", {"PLACEMENT": name, "HANDLER": page, **about})
            for name in PLACEMENTS
            if (name, page) not in bound
        ]
        await self._carry_out(work)

    async def _carry_out(self, work: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """One by one in one batch: what the portal refuses is told, and the rest stands."""
        commands = [Command(method, params, Replay.SAFE) for _, method, params in work]
        for (told, _, _), result in zip(work, await self.client.batch(commands, lane=Lane.DESK), strict=True):
            if result.error is None:
                self._done.append(told)
            else:
                log.warning("not to be had in the portal", extra={"what": told, "error": result.error.code})
                self._problems.append(f"{told}: {result.error.code}")


def read_facts(answer: Any) -> AppFacts:
    """``app.info``."""
    info = as_map(answer)
    return AppFacts(
        installed=as_bool(info.get("INSTALLED")),
        version=as_text(info.get("VERSION")),
        status=as_text(info.get("STATUS")),
        licence=as_text(info.get("LICENSE")),
        licence_family=as_text(info.get("LICENSE_FAMILY")),
    )
