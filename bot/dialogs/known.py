"""Before filing: what is known already. Similar open requests and outages, each with «Это оно — присоединиться».

A step of filing that is there only when something was found; «Другое» goes on, nothing is forced.
"""

from dataclasses import dataclass
from typing import Any

from bot.dialogs.base import Said
from domain.chat import Button, Markup, Reply, escape
from domain.errors import Refused
from handlers.conversations import DialogState, Turn
from handlers.desk.desk import Desk
from handlers.desk.duplicates import Facts

STEP = "known"
OTHER = "other"
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Joined:
    """The person found his problem among the known ones. ``request_id`` None: an outage without a request."""

    reply: Reply
    request_id: int | None


class Known:
    """Looks, shows, joins."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def look(self, turn: Turn, state: DialogState) -> list[dict[str, Any]]:
        """What may be the same as the draft's description, ready to be kept in the draft."""
        text, scope = state.data["description"], turn.desk
        outages = await self._desk.outages.similar(scope, text)
        working_on = {one.request_id for one in outages}
        similar = await self._desk.duplicates.similar(scope, text, state.data["related"])
        found = [{"key": f"o{one.id}", "line": one.text} for one in outages]
        found += [
            {
                "key": f"r{one.id}",
                "number": one.number,
                "line": f"{one.subject} ({self._desk.requests.cards.status(scope, one)})",
            }
            for one in similar
            if one.id not in working_on
        ]
        return found[:SHOWN]

    def show(self, turn: Turn, state: DialogState, ways_out: tuple[Button, ...]) -> Reply:
        """The found ones as a list, a button each."""
        found = state.data[STEP]
        lines = "\n".join(
            f"{n}. {one.get('number', turn.text('known-outage'))} · {escape(one['line'])}"
            for n, one in enumerate(found, 1)
        )
        alone = len(found) == 1
        buttons = [
            Button(
                turn.text("button-it-is") if alone else turn.text("button-it-is-number", n=n),
                one["key"],
                "primary" if alone else "plain",
            )
            for n, one in enumerate(found, 1)
        ]
        other = Button(turn.text("button-other"), OTHER)
        return Reply(
            turn.text("new-known", count=len(found), lines=Markup(lines)),
            (*((button,) for button in buttons), (other,), ways_out),
        )

    async def outages(self, turn: Turn) -> tuple[str, tuple[tuple[Button, ...], ...]]:
        """What is down right now, for the first step: text and a button for each."""
        lasting = (await self._desk.outages.lasting(turn.desk))[:SHOWN]
        if not lasting:
            return "", ()
        zone = turn.portal.desk.zone
        lines = "\n".join(
            f"⚠️ {escape(one.text)} ({one.started_at.astimezone(zone):%d.%m %H:%M})" for one in lasting
        )
        alone = len(lasting) == 1
        buttons = tuple(
            (
                Button(
                    turn.text("button-it-is") if alone else turn.text("button-it-is-number", n=n),
                    f"o{one.id}",
                ),
            )
            for n, one in enumerate(lasting, 1)
        )
        return turn.text("outages-known", count=len(lasting), lines=Markup(lines)), buttons

    async def join(self, turn: Turn, state: DialogState, said: Said) -> Joined | None:
        """«Это оно»; None when another button was pressed."""
        kind, number = (said.choice or "")[:1], (said.choice or "")[1:]
        if kind not in {"r", "o"} or not number.isdigit():
            return None
        files = tuple(file["id"] for file in state.data["files"])
        facts = Facts(state.data.get("description", ""), turn.person.login, files)
        channel = turn.event.channel
        if kind == "o":
            outage, request = await self._desk.outages.join(turn.desk, int(number), facts, channel)
            if request is None:
                return Joined(Reply(turn.text("joined-outage", text=outage.text)), None)
            added = True
        else:
            if said.choice not in {one["key"] for one in state.data.get(STEP, ())}:
                raise Refused("unknown-button")
            request, added = await self._desk.duplicates.join(turn.desk, int(number), facts, channel)
        own = request.requester_id == turn.person.id
        key = "joined-own" if own else "joined" if added else "joined-before"
        card = Button(turn.text("button-open-card"), f"r:card:{request.id}")
        return Joined(
            Reply(turn.text(key, number=request.number, subject=request.subject), ((card,),)), request.id
        )
