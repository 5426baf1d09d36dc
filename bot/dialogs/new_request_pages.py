"""The pages of filing: what each step shows, its place among the eight, its buttons."""

from bot.dialogs import known
from bot.dialogs.base import Steps
from bot.dialogs.known import Known
from domain.callers import Caller
from domain.chat import Button, Markup, Reply, escape, rows
from domain.problems import propose_subject, propose_type
from domain.requests import RequestType
from handlers.conversations import DialogState, Turn

STEPS = Steps(("description", "type", "subject", "screenshot", "conditions", "login", "portal", "review"))


NOT_HIM = "noguest"
"""The draft isn't about the guest recognised in it."""


class Pages:
    """Shows a draft."""

    def __init__(self, known: Known) -> None:
        self._known = known

    async def show(self, turn: Turn, state: DialogState) -> Reply:
        """The step's message: its place among the steps, the question, the buttons."""
        if state.step == "split":
            return self._show_split(turn, state)
        if state.step == "fix":
            return self._show_fix(turn)
        if state.step == "review":
            return self._show_review(turn, state)
        if state.step == known.STEP:
            return self._known.show(turn, state, self._ways_out(turn, state))
        key = "new-login-caller" if state.step == "login" and caller_of(state) else f"new-{state.step}"
        body = turn.text(key, **self._facts(turn, state))
        shown = Reply(f"{self._head(turn, state)}\n\n{body}", self._buttons(turn, state))
        if state.step != "description" or state.data.get("fixing") or caller_of(state):
            return shown
        outages, join = await self._known.outages(turn)
        return Reply(f"{outages}\n\n{shown.text}", join + shown.buttons) if outages else shown

    def _head(self, turn: Turn, state: DialogState) -> str:
        number = STEPS.names.index(state.step) + 1
        part = ""
        if total := state.data.get("parts", 0):
            part = " " + turn.text("new-part", part=total - len(state.data["queue"]), total=total)
        head = turn.text("new-head", step=number, steps=len(STEPS.names), part=Markup(part))
        caller = caller_of(state)
        if guest := state.data.get("guest"):
            head += f"\n{turn.text('new-about-guest', line=guest['line'])}"
        return f"{head}\n{turn.text('new-for-whom', caller=caller.line)}" if caller else head

    def _facts(self, turn: Turn, state: DialogState) -> dict[str, object]:
        if state.step == "subject":
            return {"subject": proposed_subject(state)}
        if state.step == "screenshot":
            names = "\n".join("• " + escape(file["name"]) for file in state.data["files"])
            return {"count": len(state.data["files"]), "names": Markup(names)}
        if state.step == "login":
            return {"login": turn.person.login}
        if state.step == "portal":
            return {"portal": turn.portal.url}
        return {}

    def _buttons(self, turn: Turn, state: DialogState) -> tuple[tuple[Button, ...], ...]:
        buttons: tuple[tuple[Button, ...], ...] = ()
        match state.step:
            case "type":
                guess = propose_type(state.data["description"])
                buttons = rows(
                    *(
                        Button(turn.text(f"type-{kind}"), kind.value, "primary" if kind == guess else "plain")
                        for kind in RequestType
                    )
                )
            case "subject":
                buttons = ((Button(turn.text("button-keep"), "keep", "primary"),),)
            case "screenshot" if state.data["files"]:
                buttons = ((Button(turn.text("button-done"), "done", "primary"),),)
            case "screenshot" | "conditions":
                buttons = ((Button(turn.text("button-skip"), "skip"),),)
            case "login" if caller_of(state):
                buttons = ((Button(turn.text("button-skip"), "skip"),),)
            case "login":
                buttons = ((Button(turn.text("button-my-login"), "mine", "primary"),),)
            case "portal":
                buttons = ((Button(turn.text("button-this-portal"), "this", "primary"),),)
        if state.step == "type" and state.data.get("guest"):
            buttons = (*buttons, (Button(turn.text("button-not-this-guest"), NOT_HIM),))
        return (*buttons, self._ways_out(turn, state))

    def _ways_out(self, turn: Turn, state: DialogState) -> tuple[Button, ...]:
        cancel = Button(turn.text("button-cancel"), "cancel")
        if state.step == "description":
            return (cancel,)
        return (Button(turn.text("button-back"), "back"), cancel)

    def _show_split(self, turn: Turn, state: DialogState) -> Reply:
        parts = "\n".join(f"{n}. {escape(part)}" for n, part in enumerate(state.data["found"], 1))
        return Reply(
            turn.text("new-split", count=len(state.data["found"]), parts=Markup(parts)),
            (
                (
                    Button(turn.text("button-split"), "split", "primary"),
                    Button(turn.text("button-one-problem"), "one"),
                ),
                self._ways_out(turn, state),
            ),
        )

    def _show_fix(self, turn: Turn) -> Reply:
        fields = [Button(turn.text(f"field-{name}"), name) for name in STEPS.names[:-1]]
        return Reply(
            turn.text("new-fix"), (*rows(*fields, per_row=2), (Button(turn.text("button-back"), "back"),))
        )

    def _show_review(self, turn: Turn, state: DialogState) -> Reply:
        data = state.data
        card = turn.text(
            "new-review",
            type=turn.text(f"type-{data['type']}"),
            subject=data["subject"],
            description=data["description"],
            described=data["description"] != data["subject"],
            files=len(data["files"]),
            conditions=conditions_of(state) or turn.text("not-given"),
            login=data["login"] or turn.text("not-given"),
            portal=data["portal_link"],
        )
        buttons = (
            (Button(turn.text("button-send"), "send", "primary"), Button(turn.text("button-fix"), "fix")),
            self._ways_out(turn, state),
        )
        return Reply(f"{self._head(turn, state)}\n\n{card}", buttons)


def proposed_subject(state: DialogState) -> str:
    """The subject as kept so far, else one made from the description."""
    return str(state.data.get("subject") or propose_subject(state.data["description"]))


def conditions_of(state: DialogState) -> str:
    """What was said of the circumstances, and what is known of the guest it is about."""
    guest = state.data.get("guest")
    parts = (state.data.get("conditions", ""), guest["facts"] if guest else "")
    return "\n\n".join(filter(None, parts))


def caller_of(state: DialogState) -> Caller | None:
    """On whose behalf support files; None when a person files for himself."""
    form = state.data.get("caller")
    return Caller.from_form(form) if form else None
