"""Whom to call when a request stands still: `/escalation` shows the rules and changes them, by words or by taps."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.escalation_words import MINUTE, EscalationWords, recipient, told
from domain.chat import Button, Markup, Reply, rows
from domain.errors import Refused
from domain.escalation import DEFAULT_RULES, Occasion, Recipient, Rule
from domain.ports import Texts
from domain.rights import allows, check, standings
from handlers.conversations import Turn
from handlers.desk import escalation
from handlers.desk.clock_words import duration
from handlers.desk.deadlines import calendar_of

MINUTES = {Occasion.NOT_TAKEN: (15, 30, 60, 120, 240), Occasion.OVERDUE: (0, 30, 60, 240)}
SHARES, BEFORE = (50, 75, 90), (30, 60)
"""What the buttons offer; words take any time."""


class EscalationCommands:
    """The rules, operated from chat: seen by the desk, changed by managers and administrators."""

    def __init__(self, texts: Texts) -> None:
        self._words = EscalationWords(texts)

    async def run(self, turn: Turn, argument: str) -> None:
        """`/escalation [occasion [threshold] whom; …]`."""
        if not argument.strip():
            await turn.tell(await self._shown(turn))
            return
        typed = self._words.read(argument, calendar_of(turn.portal.desk).hours.full_day)
        self._check_edit(turn)
        if typed.rules is None:
            await turn.tell(await self._edit(turn, typed.occasion))
            return
        await escalation.set_rules(turn.desk, typed.occasion, typed.rules)
        await turn.tell(await self._shown(turn))

    async def press(self, turn: Turn, parts: list[str]) -> None:
        """`esc[:occasion[:what[:value]]]`, the message edited in place."""
        if not parts:
            await turn.amend(await self._shown(turn))
            return
        self._check_edit(turn)
        if parts[0] not in set(Occasion):
            raise Refused("unknown-button")
        occasion, change = Occasion(parts[0]), parts[1:]
        if change:
            rules = await self._changed(turn, occasion, change)
            await escalation.set_rules(turn.desk, occasion, rules)
        await turn.amend(await self._edit(turn, occasion))

    @staticmethod
    def _check_edit(turn: Turn) -> None:
        check("escalation_edit", standings(turn.person, turn.portal))
        if turn.portal.desk.escalation:
            raise Refused("escalation-fixed")

    async def _changed(self, turn: Turn, occasion: Occasion, change: list[str]) -> list[Rule] | None:
        present = await escalation.rules_of(turn.desk)
        rule = next((one for one in present.rules if one.occasion is occasion), None)
        match change:
            case ["off"]:
                return []
            case ["default"]:
                return None
            case ["t", value]:
                return [_with_threshold(rule or _default(occasion), value)]
            case ["w", name] if name in set(Recipient):
                to = rule.to if rule else ()
                wanted = tuple(one for one in to if one != name) if name in to else (*to, name)
                return [replace(rule or _default(occasion), to=wanted)] if wanted else []
            case _:
                raise Refused("unknown-button")

    # --- what is shown ----------------------------------------------------------------------------------

    async def _shown(self, turn: Turn) -> Reply:
        """The rules as they are, where they come from, and how to change them."""
        scope = turn.desk
        present = await escalation.rules_of(scope)
        names = await escalation.names_of(scope, present.rules)
        lines = [
            turn.text(
                "escalation-occasion",
                name=_name(turn, occasion),
                rules=told(scope, [rule for rule in present.rules if rule.occasion is occasion], names),
            )
            for occasion in Occasion
        ]
        text = turn.text(
            "escalation-rules", rules=Markup("\n".join(lines)), source=Markup(_source(turn, present))
        )
        if present.source == "file" or not allows("escalation_edit", standings(turn.person, turn.portal)):
            return Reply(text)
        buttons = [Button(_name(turn, occasion), f"b:esc:{occasion}") for occasion in Occasion]
        return Reply(f"{text}\n\n{turn.text('escalation-how')}", rows(*buttons, per_row=3))

    async def _edit(self, turn: Turn, occasion: Occasion) -> Reply:
        """One occasion with its buttons; several rules can only be typed, so only the whole can be tapped away."""
        scope = turn.desk
        rules = [rule for rule in (await escalation.rules_of(scope)).rules if rule.occasion is occasion]
        names = await escalation.names_of(scope, rules)
        text = turn.text("escalation-edit", name=_name(turn, occasion), rules=told(scope, rules, names))
        whole = (
            Button(turn.text("button-escalation-off"), f"b:esc:{occasion}:off"),
            Button(turn.text("button-escalation-default"), f"b:esc:{occasion}:default"),
            Button(turn.text("button-escalation-back"), "b:esc"),
        )
        if len(rules) > 1:
            return Reply(text, (whole,))
        rule = rules[0] if rules else None
        return Reply(text, (*_thresholds(turn, occasion, rule), *_whom(turn, occasion, rule), whole))


def _default(occasion: Occasion) -> Rule:
    return next(rule for rule in DEFAULT_RULES if rule.occasion is occasion)


def _name(turn: Turn, occasion: Occasion) -> str:
    return turn.text(f"escalation-{occasion}".replace("_", "-"))


def _source(turn: Turn, present: escalation.Present) -> str:
    if present.source != "chat":
        return turn.text(f"escalation-from-{present.source}")
    at = datetime.fromisoformat(present.at).astimezone(turn.portal.desk.zone)
    return turn.text("escalation-from-chat", who=present.by, at=at)


def _with_threshold(rule: Rule, value: str) -> Rule:
    """``p75``: percent of the clock; else minutes."""
    number = value.removeprefix("p")
    if not (number.isascii() and number.isdigit() and len(number) <= 5):
        raise Refused("unknown-button")
    if rule.occasion is not Occasion.DUE_SOON:
        return replace(rule, after=timedelta(minutes=int(number)))
    if not value.startswith("p"):
        return replace(rule, before=timedelta(minutes=int(number)))
    if not 1 <= int(number) <= 99:
        raise Refused("unknown-button")
    return replace(rule, before=None, share=int(number))


def _thresholds(turn: Turn, occasion: Occasion, rule: Rule | None) -> tuple[tuple[Button, ...], ...]:
    def button(label: str, value: str, *, on: bool) -> Button:
        return Button(turn.text("mark-on", name=label) if on else label, f"b:esc:{occasion}:t:{value}")

    if occasion is Occasion.DUE_SOON:
        shares = [
            button(f"{share} %", f"p{share}", on=bool(rule and rule.before is None and rule.share == share))
            for share in SHARES
        ]
        spans = [
            button(f"−{duration(turn.desk, span)}", str(span), on=bool(rule and rule.before == span * MINUTE))
            for span in BEFORE
        ]
        return rows(*shares, *spans, per_row=5)
    return rows(
        *(
            button(duration(turn.desk, span), str(span), on=bool(rule and rule.after == span * MINUTE))
            for span in MINUTES[occasion]
        ),
        per_row=5,
    )


def _whom(turn: Turn, occasion: Occasion, rule: Rule | None) -> tuple[tuple[Button, ...], ...]:
    on = rule.to if rule else ()
    chat = turn.portal.desk.telegram_managers_chat
    known = [one for one in Recipient if one is not Recipient.MANAGERS_CHAT or chat]
    buttons = []
    for one in known:
        label = recipient(turn.desk, one, {})
        shown = turn.text("mark-on", name=Markup(label)) if one in on else label
        buttons.append(Button(shown, f"b:esc:{occasion}:w:{one}"))
    return rows(*buttons, per_row=3)
