"""The bot itself: registered once, brought up to date at every start, its commands kept in step.

Type ``supervisor``: support's threads are group chats, and only ``supervisor`` and ``personal`` bots hear words
that don't mention them; ``personal`` ones are hidden from search, so people couldn't find the bot.
Documents: ``imbot.v2/bots/*``, ``imbot.v2/commands/*``.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.chat import BotCommand
from domain.errors import Permanent, Temporary
from domain.ports import Lane
from integrations.bitrix24.batching import Command
from integrations.bitrix24.client import BitrixClient
from integrations.bitrix24.decoder import as_bool, as_int, as_list, as_map, as_text
from integrations.bitrix24.errors import Replay
from integrations.bitrix24.events import PRESS_COMMAND

log = logging.getLogger(__name__)

TOKEN_CHARS = 40
NOT_YET_S = 1.0


@dataclass(frozen=True, slots=True)
class BotSettings:
    """How the bot stands in the portal. ``webhook_url`` only with ``event_mode="webhook"``.

    ``token`` proves the bot to be ours where we come by webhook; an app's bot belongs to the app, it is empty then.
    """

    token: str
    name: str
    work_position: str = ""
    code: str = "concierge"
    type: str = "supervisor"
    event_mode: str = "fetch"
    webhook_url: str = ""
    color: str = "azure"
    owned_by_app: bool = False

    def __post_init__(self) -> None:
        if self.owned_by_app:
            if self.token:
                raise Permanent("bitrix-bot-token", "an app's bot has no token")
        elif not 1 <= len(self.token) <= TOKEN_CHARS:
            raise Permanent("bitrix-bot-token", f"the bot's token must have 1 to {TOKEN_CHARS} characters")
        if self.event_mode == "webhook" and not self.webhook_url:
            raise Permanent("bitrix-bot-webhook", "webhook mode needs an address")

    def __repr__(self) -> str:
        return (
            f"BotSettings(code={self.code!r}, name={self.name!r}, event_mode={self.event_mode!r}, token=***)"
        )


class Bot:
    """The bot of one portal. Call :meth:`ensure` before anything else."""

    def __init__(self, client: BitrixClient, settings: BotSettings) -> None:
        self.settings = settings
        self.problems: tuple[str, ...] = ()
        """What :meth:`ensure` couldn't put right, as codes of our texts."""
        self._client = client
        self._id: int | None = None

    @property
    def bot_id(self) -> int:
        """The bot's number; Temporary until :meth:`ensure` has learnt it, for the portal may be away at the start."""
        if self._id is None:
            raise Temporary("bitrix-bot-unknown", "the bot isn't registered yet", retry_after_s=NOT_YET_S)
        return self._id

    def params(self, **others: Any) -> dict[str, Any]:
        """Parameters of a bot method: who, with which right, and the rest."""
        return {"botId": self.bot_id, **self._proof(), **others}

    def _proof(self) -> dict[str, str]:
        return {} if self.settings.owned_by_app else {"botToken": self.settings.token}

    async def ensure(self) -> int:
        """Register the bot or bring it up to date; idempotent. Returns its id.

        Registering an existing code changes nothing in the portal, so what differs is updated afterwards.
        """
        fields = {
            "code": self.settings.code,
            **self._proof(),
            "type": self.settings.type,
            **self._changeable(),
        }
        registered = as_map(
            await self._client.call("imbot.v2.Bot.register", {"fields": fields}, replay=Replay.SAFE)
        )
        bot = as_map(registered.get("bot"))
        bot_id = as_int(bot.get("id"))
        if bot_id is None:
            raise Permanent("bitrix-bot-unknown", "imbot.v2.Bot.register gave no id")
        self._id = bot_id
        if self._differs(bot, as_list(registered.get("users"))):
            await self._client.call(
                "imbot.v2.Bot.update", self.params(fields=self._changeable()), replay=Replay.SAFE
            )
        self._judge(bot)
        return bot_id

    async def set_commands(self, commands: Sequence[BotCommand]) -> None:
        """Make the registered slash commands equal to these (and the hidden one behind our buttons)."""
        known = {
            as_text(item.get("command")).removeprefix("/").lower(): item
            for item in await self._list_commands()
            if isinstance(item, dict)
        }
        wanted = {command.name.lower(): _fields(command) for command in commands}
        wanted[PRESS_COMMAND] = {"command": PRESS_COMMAND, "hidden": True, "common": False}
        work = [
            self._command("register", fields=fields) for name, fields in wanted.items() if name not in known
        ]
        for name, item in known.items():
            number = as_int(item.get("id"))
            if name not in wanted:
                work.append(self._command("unregister", commandId=number))
            elif _command_differs(item, wanted[name]):
                work.append(self._command("update", commandId=number, fields=wanted[name]))
        for start in range(0, len(work), 50):
            for result in await self._client.batch(work[start : start + 50], lane=Lane.DESK):
                if result.error is not None:
                    raise result.error

    async def rotate_token(self, new_token: str) -> None:
        """Change the bot's token; the old one is dead at once. Save the new one in the settings afterwards."""
        if not 1 <= len(new_token) <= TOKEN_CHARS:
            raise Permanent("bitrix-bot-token", f"the bot's token must have 1 to {TOKEN_CHARS} characters")
        await self._client.call("imbot.v2.Bot.update", self.params(fields={"botToken": new_token}))

    async def _list_commands(self) -> list[Any]:
        answer = await self._client.call("imbot.v2.Command.list", self.params(), replay=Replay.SAFE)
        return as_list(as_map(answer).get("commands"))

    def _command(self, verb: str, **params: Any) -> Command:
        # register is idempotent per name, update and unregister by nature
        return Command(f"imbot.v2.Command.{verb}", self.params(**params), Replay.SAFE)

    def _changeable(self) -> dict[str, Any]:
        """What Bot.update accepts; the type is not among it."""
        settings = self.settings
        fields: dict[str, Any] = {
            "properties": {
                "name": settings.name,
                "workPosition": settings.work_position,
                "color": settings.color,
            },
            "eventMode": settings.event_mode,
        }
        if settings.event_mode == "webhook":
            fields["webhookUrl"] = settings.webhook_url
        return fields

    def _differs(self, bot: Mapping[str, Any], users: Sequence[Any]) -> bool:
        settings = self.settings
        if settings.event_mode == "webhook":
            return True  # the portal doesn't tell its webhookUrl; the update is harmless when it is the same
        if as_text(bot.get("eventMode")) not in {"", settings.event_mode}:
            return True
        profile = next((user for user in users if as_int(user.get("id")) == as_int(bot.get("id"))), None)
        if profile is None:
            return True
        name = as_text(profile.get("firstName")) or as_text(profile.get("name"))
        return name != settings.name or as_text(profile.get("workPosition")) != settings.work_position

    def _judge(self, bot: Mapping[str, Any]) -> None:
        kind = as_text(bot.get("type"))
        if kind and kind != self.settings.type and kind not in {"supervisor", "personal"}:
            self.problems = ("bitrix-bot-type",)
            log.warning(
                "bitrix24 bot has the wrong type: support's threads won't be heard; unregister it and start again",
                extra={"bot_type": kind, "wanted": self.settings.type},
            )


def _fields(command: BotCommand) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "command": command.name,
        "title": dict(command.titles) or {"en": command.name},
        "common": False,
        "hidden": False,
    }
    if command.params:
        fields["params"] = dict(command.params)
    return fields


def _command_differs(item: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Compare as far as the portal tells: titles come back in the portal's language only."""
    if as_bool(item.get("hidden")) != wanted["hidden"] or as_bool(item.get("common")) != wanted["common"]:
        return True
    if wanted["hidden"]:
        return False
    title, params = as_text(item.get("title")), as_text(item.get("params"))
    wanted_params = wanted.get("params", {})
    if title not in wanted["title"].values():
        return True
    return bool(params or wanted_params) and params not in wanted_params.values()
