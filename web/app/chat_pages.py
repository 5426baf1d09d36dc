"""Chats and data: where the desk and the managers read in Telegram, how much each place may show, how long it stays."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aiohttp import web

from domain.people import DEFAULT_PRIVACY, Privacy, Role
from domain.ports.settings import SettingsFault
from domain.privacy import FIELDS, NEVER, Marketing
from handlers.settings.settings import View
from web.app.desks import Desks
from web.app.forms import Field, Form
from web.app.saving import save
from web.app.visits import Page, Visit

CHATS = "privacy.chats"
SPARE = 2
_CHANNELS = ("bitrix24", "telegram")
_NUMBER = {"bitrix24": re.compile(r"(chat)?\d{1,15}"), "telegram": re.compile(r"-?\d{1,18}")}


@dataclass(frozen=True, slots=True)
class ChatLevel:
    """One row: a group and how much it may show."""

    channel: str = "bitrix24"
    chat: str = ""
    level: str = Privacy.BASIC
    fault: str = ""


class ChatPages:
    """Chats; privacy with the table of roles and fields."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def pages(self) -> list[Page]:
        return [
            Page("chats", self.show, self.save, frozenset(), "menu-chats", "page-menu-people"),
            Page("privacy", self.privacy, self.save_privacy, frozenset(), "menu-privacy", "page-menu-people"),
        ]

    # --- chats ------------------------------------------------------------------------------------------------

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Chats of the desk, and what groups may show."""
        view = await self._desks.settings.view(visit.viewer)
        return _chats_page(visit, view, _CHAT_FORM.inputs(visit, view), _rows(view), [])

    async def save(self, visit: Visit) -> web.StreamResponse:
        view = await self._desks.settings.view(visit.viewer)
        levels, rows = _levels_from(_typed(visit))
        wrong = [SettingsFault(CHATS, visit.text(row.fault)) for row in rows if row.fault]
        faults = await save(visit, self._desks.settings, view, _CHAT_FORM, {CHATS: levels}, wrong)
        if not faults:
            return visit.go("chats", "saved")
        shown = _rows(view) if view.is_fixed(CHATS) else rows
        return _chats_page(visit, view, _CHAT_FORM.inputs(visit, view, faults, typed=True), shown, faults)

    # --- privacy ----------------------------------------------------------------------------------------------

    async def privacy(self, visit: Visit) -> web.StreamResponse:
        """The rules, and what they come to by role and field."""
        view = await self._desks.settings.view(visit.viewer)
        return _privacy_page(visit, view, [])

    async def save_privacy(self, visit: Visit) -> web.StreamResponse:
        view = await self._desks.settings.view(visit.viewer)
        if faults := await save(visit, self._desks.settings, view, _privacy_form(visit), {}):
            return _privacy_page(visit, view, faults)
        return visit.go("privacy", "saved")


_CHAT_FORM = Form([Field("telegram.support_chat", "number"), Field("telegram.managers_chat", "number")])


def _rows(view: View) -> list[ChatLevel]:
    held: Mapping[str, str] = view.value(CHATS) or {}
    named = [(*name.partition(":"), str(level)) for name, level in sorted(held.items())]
    return [ChatLevel(channel, chat, level) for channel, _, chat, level in named]


def _typed(visit: Visit) -> list[ChatLevel]:
    getall = getattr(visit.data, "getall", None)
    if getall is None:
        return []
    columns = [[str(value).strip() for value in getall(name, [])] for name in ("channel", "chat", "level")]
    return [ChatLevel(*cells) for cells in zip(*columns, strict=False)]


def _levels_from(rows: Sequence[ChatLevel]) -> tuple[dict[str, str], list[ChatLevel]]:
    """The setting of typed rows, and the rows again with what is wrong; empty ones are left out."""
    levels: dict[str, str] = {}
    judged = []
    for row in rows:
        if not row.chat:
            continue
        name, fault = f"{row.channel}:{row.chat}", ""
        if row.channel not in _CHANNELS or not _NUMBER[row.channel].fullmatch(row.chat):
            fault = "chat-no-number"
        elif name in levels:
            fault = "chat-twice"
        elif row.level not in set(Privacy):
            fault = "people-no-level"
        else:
            levels[name] = row.level
        judged.append(replace(row, fault=fault))
    return levels, judged


def _chats_page(
    visit: Visit,
    view: View,
    inputs: Mapping[str, object],
    rows: Sequence[ChatLevel],
    faults: Sequence[SettingsFault],
) -> web.StreamResponse:
    fixed = view.is_fixed(CHATS)
    told = [replace(row, fault=visit.text(row.fault)) if row.fault else row for row in rows]
    return visit.page(
        "chats.html",
        422 if faults else 200,
        view=view,
        inputs=inputs,
        others=_CHAT_FORM.elsewhere(faults),
        rows=[*told, *([] if fixed else [ChatLevel()] * SPARE)],
        fixed=fixed,
        channels=_CHANNELS,
        levels=list(Privacy),
    )


def _privacy_form(visit: Visit) -> Form:
    levels = [(level.value, visit.text(f"level-{level}")) for level in Privacy]
    rules = [(rule.value, visit.text(f"marketing-{rule}".replace("_", "-"))) for rule in Marketing]
    return Form(
        [
            Field("privacy.telegram", "choice", choices=levels),
            Field("privacy.marketing", "choice", choices=rules),
            Field("privacy.card_minutes", "number", required=True),
            Field("privacy.retention_days", "number", required=True),
        ]
    )


def _privacy_page(visit: Visit, view: View, faults: Sequence[SettingsFault]) -> web.StreamResponse:
    form = _privacy_form(visit)
    groups = [(level, [name for name, needed in FIELDS.items() if needed is level]) for level in Privacy]
    return visit.page(
        "privacy.html",
        422 if faults else 200,
        view=view,
        inputs=form.inputs(visit, view, faults, typed=bool(faults)),
        others=form.elsewhere(faults),
        groups=groups,
        never=sorted(NEVER),
        roles=[(role, DEFAULT_PRIVACY[role]) for role in Role],
        consented=Role.MARKETING,
        opt_in=view.value("privacy.marketing") != Marketing.NOT_OPTED_OUT,
        telegram=Privacy(str(view.value("privacy.telegram") or Privacy.BASIC)),
    )
