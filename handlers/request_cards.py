"""A request as people read it: the confirmation, the requester's card, support's card, the task's text."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain.chat import Button, Markup, Reply, escape, rows
from domain.people import Role
from domain.requests import Action, Fact, Part, Request, Status, possible_actions
from handlers.scope import Scope

HISTORY_SHOWN = 12
STEPS_SHOWN = 4

REQUESTER_ACTIONS = (Action.CONFIRM, Action.CLOSE, Action.OBJECT, Action.REOPEN)
SUPPORT_ACTIONS = (Action.TAKE, Action.ASK, Action.ANSWER)
_STYLE = {
    Action.CONFIRM: "primary",
    Action.CLOSE: "primary",
    Action.TAKE: "primary",
    Action.ANSWER: "primary",
    Action.WITHDRAW: "danger",
}


class Cards:
    """Renders requests; knows texts, sends nothing."""

    def registered(self, scope: Scope, request: Request) -> str:
        """«Обращение FB-2026-000123 зарегистрировано», with both deadlines and why."""
        return scope.text(
            "registered",
            number=request.number,
            subject=request.subject,
            type=scope.text(f"type-{request.type}"),
            priority=scope.text(f"priority-{request.priority}"),
            first_reply=self._local(scope, request.due.first_reply),
            solution=self._local(scope, request.due.solution),
            zone=zone_name(scope, request),
            why=Markup(self.why(scope, request)),
        )

    def requester(self, scope: Scope, request: Request, history: Sequence[Fact]) -> Reply:
        """The card that ``/request`` shows: state, deadlines, the last lines of history, what one may do.

        Support's notes to itself are shown to support only.
        """
        support = scope.actor is not None and Role.SUPPORT in scope.actor.roles
        history = [fact for fact in history if support or fact.what != "note"]
        body = scope.text(
            "card",
            **self._facts(scope, request),
            history=Markup("\n".join(self.line(scope, fact) for fact in history[-HISTORY_SHOWN:])),
            earlier=max(len(history) - HISTORY_SHOWN, 0),
        )
        return Reply(body, self.requester_buttons(scope, request, on_card=True))

    def requester_buttons(
        self, scope: Scope, request: Request, *, on_card: bool = False
    ) -> tuple[tuple[Button, ...], ...]:
        """What the requester may press now; under a message, what it asks of him; on the card, all there is."""
        parts = frozenset(
            {Part.REQUESTER} | (set() if scope.portal.desk.representatives else {Part.REPRESENTATIVE})
        )
        buttons = self._buttons(scope, request, REQUESTER_ACTIONS, parts)
        if request.is_open and (on_card or not buttons):
            buttons.append(Button(scope.text("button-reply"), f"r:reply:{request.id}"))
        if on_card:
            buttons += self._buttons(scope, request, (Action.WITHDRAW,), parts)
        return rows(*buttons)

    def support(self, scope: Scope, request: Request, requester: str, task_url: str | None) -> Reply:
        """The card at the head of support's thread; edited whenever something changes."""
        body = scope.text(
            "support-card",
            **self._facts(scope, request),
            requester=requester or scope.text("nobody"),
            channel=scope.text(f"channel-{request.channel}"),
            task=Markup(f'<a href="{escape(task_url)}">{scope.text("task-link")}</a>') if task_url else "",
        )
        return Reply(body, rows(*self._buttons(scope, request, SUPPORT_ACTIONS, frozenset({Part.SUPPORT}))))

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

    def _facts(self, scope: Scope, request: Request) -> dict[str, object]:
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
            "first_reply": self._first_reply(scope, request),
            "solution": self._local(scope, request.due.solution),
            "zone": zone_name(scope, request),
        }

    def _first_reply(self, scope: Scope, request: Request) -> object:
        if request.first_replied_at:
            return scope.text("done-at", at=self._local(scope, request.first_replied_at))
        return self._local(scope, request.due.first_reply)

    def status(self, scope: Scope, request: Request) -> str:
        """The state in words, with how a closed request was closed."""
        if request.status is Status.CLOSED and request.closed_as:
            return scope.text(f"closed-{request.closed_as}".replace("_", "-"))
        return scope.text(f"status-{request.status}".replace("_", "-"))

    def _local(self, scope: Scope, at: datetime | None) -> datetime | str:
        return at.astimezone(scope.portal.desk.zone) if at else scope.text("not-given")

    def line(self, scope: Scope, fact: Fact) -> str:
        """One line of history."""
        at = fact.at.astimezone(scope.portal.desk.zone)
        words = fact.text if len(fact.text) <= 300 else fact.text[:299] + "…"
        return scope.text("history-line", at=f"{at:%d.%m %H:%M}", what=Markup(self.fact(scope, fact, words)))

    def fact(self, scope: Scope, fact: Fact, words: str | None = None) -> str:
        """What happened, in words: who did what, and the person's own words."""
        told = scope.text(f"fact-{fact.what}".replace("_", "-"), who=fact.who_name or scope.text("the-bot"))
        said = fact.text if words is None else words
        return f"{told}: {escape(said)}" if said and fact.what != "filed" else told

    # --- the task ----------------------------------------------------------------------------------------

    def task_title(self, scope: Scope, request: Request) -> str:
        """Begins otherwise than the thread's title, so that a search for the thread never finds the task's chat."""
        # A title is plain text, no markup: nothing is escaped.
        return scope.text("task-title", number=request.number, subject=Markup(request.subject))

    def task_description(self, scope: Scope, request: Request, requester: str) -> str:
        """Everything the requester stated, in our markup."""
        return scope.text(
            "task-description",
            **self._facts(scope, request),
            requester=requester or scope.text("nobody"),
            channel=scope.text(f"channel-{request.channel}"),
            why=Markup(self.why(scope, request)),
        )

    # --- the derivation of a deadline --------------------------------------------------------------------

    def why(self, scope: Scope, request: Request) -> str:
        """«8 рабочих часов: пн 23 ноября 16:00–18:00 (2 ч), …»."""
        derivation = request.due.derivation.get("solution")
        if not derivation:
            return ""
        steps = [step for step in derivation["steps"] if step["minutes"]]
        shown = steps if len(steps) <= STEPS_SHOWN else [*steps[:2], None, steps[-1]]
        days = ", ".join("…" if step is None else self._step(scope, step) for step in shown)
        return scope.text("why", amount=duration(scope, derivation["minutes"]), days=days)

    def _step(self, scope: Scope, step: Mapping[str, Any]) -> str:
        return scope.text(
            "why-step",
            day=date.fromisoformat(step["day"]),
            start=step["from"] or "",
            end=step["to"] or "",
            amount=duration(scope, step["minutes"]),
        )


def duration(scope: Scope, minutes: int) -> str:
    """«2 ч 20 мин»."""
    hours, rest = divmod(minutes, 60)
    parts = [scope.text("hours", n=hours)] if hours else []
    if rest or not hours:
        parts.append(scope.text("minutes", n=rest))
    return " ".join(parts)


def zone_name(scope: Scope, request: Request) -> str:
    """How the desk's zone is called: «МСК», else its offset."""
    at = (request.due.solution or request.created_at).astimezone(scope.portal.desk.zone)
    return scope.text("moscow") if at.tzname() == "MSK" else f"UTC{at:%z}"
