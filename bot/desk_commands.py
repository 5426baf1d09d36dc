"""The desk by command: every move of a request with a name of its own, support's templates, known outages.

``/name [NUMBER] [words]``: in a request's thread its number is understood, elsewhere it is given, or there is only
one request it can mean. Words that a move needs may follow at once; else they are asked for.
"""

import re
from collections.abc import Awaitable, Callable

from bot.dialogs import change
from bot.dialogs.base import Stage
from bot.request_actions import RequestActions
from domain.chat import Button, Markup, Reply, escape, rows
from domain.errors import Refused
from domain.requests import Action, Request
from handlers import releases
from handlers.conversations import Turn
from handlers.desk.desk import Desk

MOVES = {
    "take": Action.TAKE.value,
    "ask": Action.ASK.value,
    "options": Action.OFFER.value,
    "answer": Action.ANSWER.value,
    "solved": Action.CONFIRM.value,
    "unsolved": Action.OBJECT.value,
    "close": Action.CLOSE.value,
    "withdraw": Action.WITHDRAW.value,
    "reopen": Action.REOPEN.value,
    "notneeded": Action.NOT_NEEDED.value,
    "priority": change.PRIORITY,
    "type": change.TYPE,
    "handover": change.HAND_OVER,
    "merge": change.MERGE,
}
"""Command → what is done (``bot.request_actions.NAMES``)."""
NAMES = (*MOVES, "template", "outage", "release")
REQUESTERS = frozenset({"solved", "unsolved", "close", "withdraw", "reopen"})
"""Commands with which one of the person's own requests may be meant."""
_FULL = re.compile(r"(\w+-\d{4}-\d+)(?:\s+|$)")
CHOICES_SHOWN = 6


class DeskCommands:
    """Runs the desk's commands and the buttons of templates and outages."""

    def __init__(self, desk: Desk, actions: RequestActions) -> None:
        self._desk = desk
        self._requests = desk.requests
        self._actions = actions
        self._edits: dict[str, Callable[[Turn, str], Awaitable[None]]] = {
            "add": self._add_template,
            "добавить": self._add_template,
            "delete": self._delete_template,
            "удалить": self._delete_template,
        }

    async def run(self, turn: Turn, name: str, argument: str, stage: Stage) -> None:
        """One command of NAMES."""
        if name == "template":
            await self._template(turn, argument)
        elif name == "outage":
            await self._outage(turn, argument)
        elif name == "release":
            await self._release(turn, argument)
        else:
            await self._move(turn, name, argument, stage)

    # --- moves ------------------------------------------------------------------------------------------

    async def _move(self, turn: Turn, name: str, argument: str, stage: Stage) -> None:
        here = (
            None if turn.event.is_private else await self._requests.in_thread(turn.desk, turn.event.address)
        )
        number = _FULL.match(argument)
        if here is not None and not (number and name != "merge"):
            request, words = here, argument
        elif number:
            request = await self._requests.by_number(turn.desk, number[1])
            words = argument[number.end() :].strip()
        else:
            found = await self._meant(turn, name)
            if found is None:
                return
            request, words = found, argument
        await self._actions.do(turn, request, MOVES[name], stage, words)

    async def _meant(self, turn: Turn, name: str) -> Request | None:
        """The person's one request that the command fits; None when he was asked which."""
        if not turn.event.is_private:
            raise Refused("only-in-thread")
        if name not in REQUESTERS:
            raise Refused("which-number-needed", command=name, prefix=turn.portal.desk.prefix)
        action, mine = Action(MOVES[name]), await self._requests.mine(turn.desk, limit=30)
        fitting = [one for one in mine if action in await self._requests.possible(turn.desk, one)]
        if not fitting:
            raise Refused("nothing-fits", what=turn.text(f"do-{action}".replace("_", "-")))
        if len(fitting) == 1:
            return fitting[0]
        buttons = [Button(one.number, f"r:{action}:{one.id}") for one in fitting[:CHOICES_SHOWN]]
        await turn.tell(Reply(turn.text("which-request"), rows(*buttons)))
        return None

    # --- templates --------------------------------------------------------------------------------------

    async def _template(self, turn: Turn, argument: str) -> None:
        word, _, rest = argument.strip().partition(" ")
        edit = self._edits.get(word.casefold())
        request = await self._here(turn, "template_edit" if edit else "template")
        if edit:
            await edit(turn, rest.strip())
        elif argument:
            template = await self._desk.templates.find(turn.desk, argument)
            await self._show_template(turn, template.id, request)
        else:
            await self._list_templates(turn)

    async def _list_templates(self, turn: Turn) -> None:
        all_ = await self._desk.templates.listed(turn.desk)
        buttons = [Button(one.name, f"t:show:{one.id}") for one in all_]
        text = turn.text("template-list", count=len(all_))
        await turn.tell(Reply(f"{text}\n{turn.text('template-how')}", rows(*buttons)))

    async def _show_template(self, turn: Turn, template_id: int, request: Request | None) -> None:
        if request is None:
            raise Refused("template-in-thread")
        text = await self._desk.templates.filled(turn.desk, template_id, request)
        buttons = [
            Button(turn.text("button-template-say"), f"t:say:{template_id}", "primary"),
            Button(turn.text("button-template-answer"), f"t:answer:{template_id}"),
        ]
        await turn.tell(Reply(turn.text("template-shown", text=text), rows(*buttons)))

    async def _add_template(self, turn: Turn, rest: str) -> None:
        first, _, text = rest.partition("\n")
        if not text.strip():
            first, _, text = rest.partition(":")
        name = await self._desk.templates.save(turn.desk, first.rstrip(": "), text)
        await turn.tell(Reply(turn.text("template-saved", name=name)))

    async def _delete_template(self, turn: Turn, rest: str) -> None:
        await self._desk.templates.remove(turn.desk, rest)
        await turn.tell(Reply(turn.text("template-removed", name=rest)))

    async def template_button(self, turn: Turn, what: str, template_id: int) -> None:
        """``t:list``, ``t:show:ID``, ``t:say:ID``, ``t:answer:ID``; used in the request's own thread."""
        request = await self._here(turn, "template")
        if what == "list":
            await self._list_templates(turn)
        elif what == "show":
            await self._show_template(turn, template_id, request)
        elif request is None:
            raise Refused("template-in-thread")
        else:
            text = await self._desk.templates.filled(turn.desk, template_id, request)
            await self._use_template(turn, what, request, text)

    async def _use_template(self, turn: Turn, what: str, request: Request, text: str) -> None:
        if what == "say":
            await self._requests.say(turn.desk, request.id, text)
        elif what == "answer":
            await self._requests.act(turn.desk, request.id, Action.ANSWER, text)
        else:
            raise Refused("unknown-button")
        await turn.amend(Reply(turn.text("template-sent", text=text)))

    # --- outages ----------------------------------------------------------------------------------------

    async def _outage(self, turn: Turn, argument: str) -> None:
        request = await self._here(turn, "outage")
        if not argument.strip():
            await self._list_outages(turn)
            return
        outage = await self._desk.outages.declare(turn.desk, argument, request)
        end = Button(turn.text("button-outage-end"), f"u:end:{outage.id}")
        await turn.tell(Reply(turn.text("outage-declared", text=outage.text), ((end,),)))

    async def _list_outages(self, turn: Turn) -> None:
        lasting = await self._desk.outages.all_lasting(turn.desk)
        if not lasting:
            await turn.tell(Reply(turn.text("outage-none")))
            return
        zone = turn.portal.desk.zone
        lines = "\n".join(
            f"• {one.started_at.astimezone(zone):%d.%m %H:%M} — {escape(one.text)}" for one in lasting
        )
        buttons = [
            Button(turn.text("button-outage-end-of", text=one.text[:30]), f"u:end:{one.id}")
            for one in lasting
        ]
        text = turn.text("outage-list", count=len(lasting), lines=Markup(lines))
        await turn.tell(Reply(text, rows(*buttons, per_row=1)))

    async def outage_button(self, turn: Turn, what: str, outage_id: int) -> None:
        """``u:end:ID``."""
        await self._here(turn, "outage")
        if what != "end":
            raise Refused("unknown-button")
        outage = await self._desk.outages.end(turn.desk, outage_id)
        await turn.amend(Reply(turn.text("outage-ended", text=outage.text)))

    # --- releases ---------------------------------------------------------------------------------------

    async def _release(self, turn: Turn, argument: str) -> None:
        """``/release [NUMBER] VERSION``: in which release the request's wish or fault comes."""
        request, number = await self._here(turn, "release"), _FULL.match(argument)
        if number:
            request, argument = await self._requests.by_number(turn.desk, number[1]), argument[number.end() :]
        if request is None:
            raise Refused("which-number-needed", command="release", prefix=turn.portal.desk.prefix)
        version = await releases.mark(self._requests, turn.desk, request, argument)
        await turn.tell(Reply(turn.text("release-marked", number=request.number, version=version)))

    async def _here(self, turn: Turn, right: str) -> Request | None:
        """The thread's request; the actor's right to what he asks for is checked, the place too."""
        event = turn.event
        request = None
        if not event.is_private:
            request = await self._requests.in_thread(turn.desk, event.address)
        place = await self._actions.place(turn, request)
        await self._requests.rights.check(turn.desk, right, request, place)
        return request
