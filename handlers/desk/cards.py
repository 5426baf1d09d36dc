"""A request as people read it: the confirmation, the requester's card, support's card, the task's text."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.callers import is_caller
from domain.chat import Button, Markup, Reply, escape, rows
from domain.people import Role
from domain.request_clocks import Clock
from domain.requests import Action, ClosedAs, Fact, Part, Request, Status, Waiting, possible_actions
from handlers.desk.clock_words import clock_lines, why, zone_label, zone_of
from handlers.desk.ratings import is_asked_about, stars
from handlers.scope import Scope

HISTORY_SHOWN = 12
HISTORY_PAGE = 15
LABEL_CHARS = 60

REQUESTER_ACTIONS = (Action.CONFIRM, Action.CLOSE, Action.OBJECT, Action.REOPEN)
SUPPORT_ACTIONS = (Action.TAKE, Action.ASK, Action.OFFER, Action.ANSWER)
_STYLE = {
    Action.CONFIRM: "primary",
    Action.CLOSE: "primary",
    Action.TAKE: "primary",
    Action.ANSWER: "primary",
    Action.WITHDRAW: "danger",
}
HEARD = {
    Action.CONFIRM: "confirm",
    Action.OBJECT: "object",
    Action.REPLY: "reply",
    Action.REOPEN: "reopen",
}
"""What a caller may say on the phone, and the word for it; the order of the buttons."""


class Cards:
    """Renders requests; knows texts, sends nothing."""

    def registered(self, scope: Scope, request: Request) -> str:
        """«Обращение FB-2026-000123 зарегистрировано», with both deadlines and why."""
        zone = zone_of(scope.customer(request.home_id), request)
        return scope.text(
            "registered",
            number=request.number,
            subject=request.subject,
            type=scope.text(f"type-{request.type}"),
            priority=scope.text(f"priority-{request.priority}"),
            first_reply=self._local(scope, request.due.first_reply, zone),
            solution=self._local(scope, request.due.solution, zone),
            zone=zone_name(scope, request, zone),
            why=Markup(why(scope, request, zone)),
        )

    def requester(
        self,
        scope: Scope,
        request: Request,
        history: Sequence[Fact],
        parts: frozenset[Part] | None = None,
    ) -> Reply:
        """The card that ``/request`` shows: state, deadlines, the last lines of history, what one may do.

        Support's notes to itself are shown to support only.
        """
        history = self.visible(scope, history)
        zone = zone_of(scope.customer(request.home_id), request)
        body = scope.text(
            "card",
            **self._facts(scope, request, zone),
            history=Markup("\n".join(self.line(scope, fact) for fact in history[-HISTORY_SHOWN:])),
            earlier=max(len(history) - HISTORY_SHOWN, 0),
        )
        offered = next((fact for fact in reversed(history) if fact.what == "offered"), None)
        choices = option_buttons(request, offered) if offered and _owns(parts) else ()
        return Reply(body, choices + self.requester_buttons(scope, request, on_card=True, parts=parts))

    @staticmethod
    def visible(scope: Scope, history: Sequence[Fact]) -> list[Fact]:
        """The lines the actor may read: support's notes to itself are support's."""
        support = scope.actor is not None and Role.SUPPORT in scope.actor.roles
        return [fact for fact in history if support or fact.what != "note"]

    def pages(self, scope: Scope, history: Sequence[Fact]) -> list[list[Fact]]:
        """The whole history the actor may read, oldest first, cut into what a message holds; at least one page."""
        seen = self.visible(scope, history)
        return [seen[n : n + HISTORY_PAGE] for n in range(0, max(len(seen), 1), HISTORY_PAGE)]

    def summary(self, scope: Scope, request: Request) -> str:
        """What a colleague may see before he joins: what it is about and how it stands, nobody's words."""
        return scope.text(
            "card-summary",
            number=request.number,
            subject=request.subject,
            status=self.status(scope, request),
            votes=request.votes,
        )

    def requester_buttons(
        self,
        scope: Scope,
        request: Request,
        *,
        on_card: bool = False,
        parts: frozenset[Part] | None = None,
    ) -> tuple[tuple[Button, ...], ...]:
        """What the requester may press now; under a message, what it asks of him; on the card, all there is.

        ``parts`` he plays; unless given, as the settings name representatives or don't.
        """
        if parts is None:
            named = scope.portal.desk.representatives
            parts = frozenset({Part.REQUESTER} if named else {Part.REQUESTER, Part.REPRESENTATIVE})
        wanted = [
            action
            for action in REQUESTER_ACTIONS
            if action is not Action.REOPEN or request.closed_as is not ClosedAs.MERGED
        ]
        buttons = self._buttons(scope, request, wanted, parts)
        if request.is_open and Part.REQUESTER in parts and (on_card or not buttons):
            buttons.append(Button(scope.text("button-reply"), f"r:reply:{request.id}"))
        if on_card:
            buttons += self._buttons(scope, request, (Action.WITHDRAW,), parts)
        asked = Part.REQUESTER in parts and not on_card and is_asked_about(request)
        return (*(stars(request) if asked else ()), *rows(*buttons))

    def support(self, scope: Scope, request: Request, requester: str, task_url: str | None) -> Reply:
        """The card at the head of support's thread; edited whenever something changes."""
        calls = is_caller(request.channel, request.requester_id)
        body = scope.text(
            "support-card",
            **self._facts(scope, request, scope.portal.desk.zone),
            requester=requester or scope.text("nobody"),
            channel=scope.text(f"channel-{request.channel}"),
            task=Markup(f'<a href="{escape(task_url)}">{scope.text("task-link")}</a>') if task_url else "",
            hint=Markup(scope.text("caller-hint" if calls else "support-hint")),
        )
        if request.votes:
            body += "\n" + scope.text("support-card-votes", votes=request.votes)
        buttons = [*self._support_buttons(scope, request), *self._heard_buttons(scope, request)]
        return Reply(body, rows(*buttons, per_row=3))

    def _support_buttons(self, scope: Scope, request: Request) -> list[Button]:
        """What support does most; everything else lies behind «Ещё»."""
        if not request.is_open:
            return []
        buttons = self._buttons(scope, request, SUPPORT_ACTIONS, frozenset({Part.SUPPORT}))
        more = [Button(scope.text(f"do-{name}"), f"r:{name}:{request.id}") for name in ("priority", "more")]
        return buttons + more

    @staticmethod
    def _heard_buttons(scope: Scope, request: Request) -> list[Button]:
        """What support may write down as heard on the phone; only where the requester has no messenger."""
        if not is_caller(request.channel, request.requester_id):
            return []
        possible = possible_actions(request.status, frozenset({Part.REQUESTER}), request.waiting_for)
        return [
            Button(
                scope.text(f"do-phone-{HEARD[action]}"),
                f"c:{action}:{request.id}",
                _STYLE.get(action, "plain"),
            )
            for action in HEARD
            if action in possible
        ]

    def _buttons(
        self, scope: Scope, request: Request, wanted: Iterable[Action], parts: frozenset[Part]
    ) -> list[Button]:
        """The possible ones of those wanted, in that order; one at most stands out."""
        possible = set(possible_actions(request.status, parts))
        buttons: list[Button] = []
        for action in wanted:
            if action in possible:
                style = _STYLE.get(action, "plain")
                taken = style == "primary" and any(button.style == style for button in buttons)
                label = scope.text(f"do-{action}".replace("_", "-"))
                buttons.append(Button(label, f"r:{action}:{request.id}", "plain" if taken else style))
        return buttons

    def _facts(self, scope: Scope, request: Request, zone: ZoneInfo) -> dict[str, object]:
        return {
            "number": request.number,
            "subject": request.subject,
            "description": request.description,
            "type": scope.text(f"type-{request.type}"),
            "priority": scope.text(f"priority-{request.priority}"),
            "status": self.status(scope, request),
            "round": request.round,
            "conditions": request.conditions or scope.text("not-given"),
            "login": request.login or scope.text("not-given"),
            "portal": request.portal_link or scope.text("not-given"),
            "first_reply": self._first_reply(scope, request, zone),
            "solution": self._solution(scope, request, zone),
            "zone": zone_name(scope, request, zone),
            "clock": Markup(clock_lines(scope, request, zone)),
        }

    def _first_reply(self, scope: Scope, request: Request, zone: ZoneInfo) -> object:
        if request.first_replied_at:
            return scope.text("done-at", at=self._local(scope, request.first_replied_at, zone))
        return self._local(scope, request.due.first_reply, zone)

    def _solution(self, scope: Scope, request: Request, zone: ZoneInfo) -> object:
        if request.due.solution is None and request.status is Status.WAITING:
            return scope.text("due-stands")
        return self._local(scope, request.due.solution, zone)

    def status(self, scope: Scope, request: Request) -> str:
        """The state in words, with how a closed request was closed."""
        if request.status is Status.CLOSED and request.closed_as:
            return scope.text(f"closed-{request.closed_as}".replace("_", "-"))
        if request.waiting_for is Waiting.CHOICE:
            return scope.text("status-waiting-choice")
        return scope.text(f"status-{request.status}".replace("_", "-"))

    @staticmethod
    def _local(scope: Scope, at: datetime | None, zone: ZoneInfo) -> datetime | str:
        return at.astimezone(zone) if at else scope.text("not-given")

    def line(self, scope: Scope, fact: Fact) -> str:
        """One line of history."""
        at = fact.at.astimezone(scope.portal.desk.zone)
        words = fact.text if len(fact.text) <= 300 else fact.text[:299] + "…"
        return scope.text("history-line", at=f"{at:%d.%m %H:%M}", what=Markup(self.fact(scope, fact, words)))

    def fact(self, scope: Scope, fact: Fact, words: str | None = None) -> str:
        """What happened, in words: who did what, and the person's own words."""
        who = fact.who_name or scope.text("the-bot")
        key = f"fact-by-phone-{fact.what}" if fact.data.get("by_phone") else f"fact-{fact.what}"
        told = scope.text(key.replace("_", "-"), **{**texts_of(fact), "who": who})
        said = fact.text if words is None else words
        return f"{told}: {escape(said)}" if said and fact.what != "filed" else told

    def why(self, scope: Scope, request: Request, clock: str = Clock.SOLUTION) -> str:
        """Why the solution (or the first reply) is due when it is, in the requester's zone."""
        return why(scope, request, zone_of(scope.customer(request.home_id), request), Clock(clock))

    # --- the task ----------------------------------------------------------------------------------------

    def task_title(self, scope: Scope, request: Request) -> str:
        """Begins otherwise than the thread's title, so that a search for the thread never finds the task's chat."""
        # A title is plain text, no markup: nothing is escaped.
        return scope.text("task-title", number=request.number, subject=Markup(request.subject))

    def task_description(self, scope: Scope, request: Request, requester: str) -> str:
        """Everything the requester stated, in our markup."""
        return scope.text(
            "task-description",
            **self._facts(scope, request, scope.portal.desk.zone),
            requester=requester or scope.text("nobody"),
            channel=scope.text(f"channel-{request.channel}"),
            why=Markup(why(scope, request)),
        )


def texts_of(fact: Fact) -> dict[str, object]:
    """What a fact's data give the texts."""
    return {name: value for name, value in fact.data.items() if isinstance(value, str | int)}


def option_buttons(request: Request, offered: Fact) -> tuple[tuple[Button, ...], ...]:
    """A button per variant, one below the other; none when the choice isn't waited for any more."""
    if request.waiting_for is not Waiting.CHOICE or not offered.id:
        return ()
    return tuple(
        (Button(_short(f"{n}. {option}"), f"o:{request.id}:{offered.id}:{n}"),)
        for n, option in enumerate(offered.data.get("options", ()), 1)
    )


def _short(label: str) -> str:
    return label if len(label) <= LABEL_CHARS else label[: LABEL_CHARS - 1] + "…"


def _owns(parts: frozenset[Part] | None) -> bool:
    return parts is None or Part.REQUESTER in parts


def zone_name(scope: Scope, request: Request, zone: ZoneInfo | None = None) -> str:
    """How the zone of a request's deadlines is called: «МСК», else its offset."""
    at = request.due.solution or request.created_at
    return zone_label(scope, at.astimezone(zone or scope.portal.desk.zone))
