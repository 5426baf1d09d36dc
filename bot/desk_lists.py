"""The desk at a glance, from chat: the queue card, the figures, the export, the rating, the pages of a history."""

from bot.escalation_control import EscalationCommands
from bot.places import check_here
from domain.chat import Button, Reply
from domain.errors import Refused
from domain.ports import Texts
from handlers import outgoing
from handlers.codec import dump
from handlers.conversations import Turn
from handlers.desk import export, queue, ratings
from handlers.desk.reports import Period, stats_text
from handlers.desk.requests import Requests

NAMES = ("queue", "stats", "export", "escalation")
WITH_PARAMS = ("stats", "export", "escalation")
BUTTON = "b"
"""The kind of all buttons of this module."""
_PERIODS = {
    "today": Period.TODAY,
    "сегодня": Period.TODAY,
    "week": Period.WEEK,
    "неделя": Period.WEEK,
    "month": Period.MONTH,
    "месяц": Period.MONTH,
}


class DeskLists:
    """Runs the commands of NAMES and the buttons of kind BUTTON."""

    def __init__(self, texts: Texts, requests: Requests) -> None:
        self._requests = requests
        self._escalation = EscalationCommands(texts)

    async def run(self, turn: Turn, name: str, argument: str) -> None:
        """One command; Refused where person or place doesn't fit."""
        check_here(turn, name)
        match name:
            case "queue":
                await self._queue(turn)
            case "stats":
                period = _PERIODS.get(argument.strip().casefold(), Period.WEEK)
                await turn.tell(await self._stats(turn, period))
            case "export":
                await self._export(turn, argument.strip().casefold() or "xlsx")
            case _:
                await self._escalation.run(turn, argument)

    async def press(self, turn: Turn, payload: str) -> None:
        """One button."""
        match payload.split(":"):
            case ["queue", "close"]:
                await self._close_queue(turn)
            case ["stats", period] if period in set(Period):
                check_here(turn, "stats")
                await turn.amend(await self._stats(turn, Period(period)))
            case ["export", kind]:
                check_here(turn, "export")
                await self._export(turn, kind)
            case ["esc", *parts]:
                check_here(turn, "escalation")
                await self._escalation.press(turn, parts)
            case ["rate", number, score] if _is_number(number) and _is_number(score):
                await self._rate(turn, int(number), int(score))
            case ["history", number, page] if _is_number(number) and _is_number(page):
                await self._history(turn, int(number), int(page))
            case _:
                raise Refused("unknown-button")

    # --- queue, figures, export -------------------------------------------------------------------------

    async def _queue(self, turn: Turn) -> None:
        """The card comes by itself; nothing else is said."""
        if not queue.may_stand(turn.desk, turn.event.address, private=turn.event.is_private):
            raise Refused("only-in-private")
        await queue.open_card(turn.desk, turn.person, turn.event.address)

    async def _close_queue(self, turn: Turn) -> None:
        check_here(turn, "queue")
        await queue.close_card(turn.desk, turn.event.address)
        await turn.amend(Reply(turn.text("queue-closed")))

    @staticmethod
    async def _stats(turn: Turn, period: Period) -> Reply:
        buttons = tuple(
            Button(turn.text(f"button-{one}"), f"b:stats:{one}") for one in Period if one is not period
        )
        more = (Button(turn.text("button-export"), "b:export:xlsx"),)
        text = await stats_text(turn.desk, period)
        return Reply(text, (buttons, more) if turn.event.is_private else (buttons,))

    @staticmethod
    async def _export(turn: Turn, kind: str) -> None:
        """The file follows as soon as it is made."""
        if kind not in export.FORMATS:
            kind = export.FORMATS[0]
        await turn.tell(Reply(turn.text("export-making")))
        address = turn.event.address
        payload = {"address": dump(address), "format": kind, "person_id": turn.person.id}
        await outgoing.put(turn.desk, str(address), "export.post", payload)

    # --- one request ------------------------------------------------------------------------------------

    async def _rate(self, turn: Turn, request_id: int, score: int) -> None:
        request = await self._requests.get(turn.desk, request_id)
        await turn.amend(await ratings.rate(turn.desk, request, score))

    async def _history(self, turn: Turn, request_id: int, page: int) -> None:
        """A page of the whole history, counted from the oldest; 0: the newest page, in a message of its own."""
        request = await self._requests.get(turn.desk, request_id, right="card")
        facts = await self._requests.history(turn.desk, request)
        pages = self._requests.cards.pages(turn.desk, facts)
        fresh, page = page == 0, min(page or len(pages), len(pages))
        lines = "\n".join(self._requests.cards.line(turn.desk, fact) for fact in pages[page - 1])
        head = turn.text("history-page", number=request.number, page=page, pages=len(pages))
        turns = []
        if page > 1:
            turns.append(Button(turn.text("button-earlier"), f"b:history:{request.id}:{page - 1}"))
        if page < len(pages):
            turns.append(Button(turn.text("button-later"), f"b:history:{request.id}:{page + 1}"))
        reply = Reply(f"{head}\n{lines}", (tuple(turns),) if turns else ())
        await (turn.tell(reply) if fresh else turn.amend(reply))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
