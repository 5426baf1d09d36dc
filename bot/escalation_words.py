"""`/escalation` in words: «не взято 30м поддержка; 2ч управляющий» becomes rules, and rules become words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.texts import LANGUAGES
from domain.chat import Markup
from domain.errors import Refused
from domain.escalation import DEFAULT_RULES, Occasion, Recipient, Rule
from domain.ports import Texts
from domain.service_levels import LevelsError, parse_duration
from handlers.desk.clock_words import duration
from handlers.scope import Scope

_THRESHOLD = re.compile(
    r"(?:(?P<share>\d{1,2})\s*%|(?P<span>(?:\d+(?:\.\d+)?\s*(?:мин|d|h|m|д|ч|м)\b\.?\s*)+))\s*", re.IGNORECASE
)
_BETWEEN = re.compile(r"^\s*(?:→|->|=>|:|-|–|—)?\s*")
_AND = re.compile(r"\s*(?:,|\bи\b|\band\b|\+)\s*")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: an occasion, and its new rules; None where only the occasion was named."""

    occasion: Occasion
    rules: tuple[Rule, ...] | None


class EscalationWords:
    """Reads and writes rules in both languages."""

    def __init__(self, texts: Texts) -> None:
        self._occasions = self._vocabulary(texts, list(Occasion))
        self._recipients = self._vocabulary(texts, list(Recipient))
        self._off = self._synonyms(texts, "off")
        self._now = self._synonyms(texts, "now")

    def _vocabulary(self, texts: Texts, members: Sequence[str]) -> dict[str, str]:
        found = {word: str(member) for member in members for word in self._synonyms(texts, member)}
        return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))  # the longest first

    @staticmethod
    def _synonyms(texts: Texts, name: str) -> list[str]:
        key = f"escalation-typed-{name}".replace("_", "-")
        return [folded(word) for language in LANGUAGES for word in texts(key, language).split(",")]

    # --- reading ----------------------------------------------------------------------------------------

    def read(self, text: str, full_day: timedelta) -> Typed:
        """Refused("escalation-unclear" or "escalation-nobody") names the words that weren't understood."""
        words = folded(text)
        named = next((word for word in self._occasions if re.match(rf"{re.escape(word)}(?!\w)", words)), None)
        if named is None:
            raise Refused("escalation-unclear", words=text)
        occasion = Occasion(self._occasions[named])
        rest = _BETWEEN.sub("", words[len(named) :])
        if not rest:
            return Typed(occasion, None)
        if rest in self._off:
            return Typed(occasion, ())
        return Typed(
            occasion, tuple(self._rule(occasion, part, full_day) for part in rest.split(";") if part.strip())
        )

    def _rule(self, occasion: Occasion, words: str, full_day: timedelta) -> Rule:
        rest, rule = words.strip(), next(one for one in DEFAULT_RULES if one.occasion is occasion)
        share, before, after = rule.share, rule.before, rule.after
        if found := _THRESHOLD.match(rest):
            rest = rest[found.end() :]
            if found["share"] is not None:
                if occasion is not Occasion.DUE_SOON or not 1 <= int(found["share"]) <= 99:
                    raise Refused("escalation-unclear", words=words)
                share = int(found["share"])
            elif occasion is Occasion.DUE_SOON:
                before = _span(found["span"], words, full_day)
            else:
                after = _span(found["span"], words, full_day)
        elif now := next((one for one in self._now if re.match(rf"{re.escape(one)}(?!\w)", rest)), None):
            rest, after = rest[len(now) :], timedelta()
        to = self._to(_BETWEEN.sub("", rest), words)
        return Rule(occasion, to, after, before, share)

    def _to(self, rest: str, words: str) -> tuple[str, ...]:
        names = [name.strip(" .") for name in _AND.split(rest) if name.strip(" .")]
        if not names:
            raise Refused("escalation-nobody", words=words.strip())
        found = []
        for name in names:
            if name in self._recipients:
                found.append(self._recipients[name])
            elif re.fullmatch(r"(?:id\s*)?\d{1,9}", name, re.ASCII):
                found.append(str(int(name.removeprefix("id"))))
            else:
                raise Refused("escalation-nobody", words=name)
        return tuple(dict.fromkeys(found))


def _span(text: str, words: str, full_day: timedelta) -> timedelta:
    try:
        return parse_duration(text.replace(".", "") if text.strip().endswith(".") else text, full_day)
    except LevelsError:
        raise Refused("escalation-unclear", words=words.strip()) from None


def folded(text: str) -> str:
    """Letter case, ё/е and spaces don't matter."""
    return " ".join(text.casefold().replace("ё", "е").split())


# --- writing --------------------------------------------------------------------------------------------------


def told(scope: Scope, rules: Sequence[Rule], names: Mapping[str, str]) -> Markup:
    """The rules of one occasion in words, e.g. «через 30 мин → поддержка; через 2 ч → управляющий»."""
    if not rules:
        return Markup(scope.text("escalation-off"))
    return Markup("; ".join(_rule_told(scope, rule, names) for rule in rules))


def _rule_told(scope: Scope, rule: Rule, names: Mapping[str, str]) -> str:
    to = Markup(", ".join(recipient(scope, name, names) for name in rule.to))
    if rule.occasion is Occasion.NOT_TAKEN:
        return scope.text("escalation-rule-not-taken", amount=duration(scope, rule.after // MINUTE), to=to)
    if rule.occasion is Occasion.OVERDUE:
        amount = duration(scope, rule.after // MINUTE)
        return scope.text("escalation-rule-overdue", now=not rule.after, amount=amount, to=to)
    if rule.before is None:
        return scope.text("escalation-rule-share", share=rule.share, to=to)
    return scope.text("escalation-rule-before", amount=duration(scope, rule.before // MINUTE), to=to)


def recipient(scope: Scope, name: str, names: Mapping[str, str]) -> str:
    """A recipient in words, as markup."""
    if name.isdigit():
        return scope.text("escalation-to-user", name=names.get(name, f"id {name}"))
    return scope.text(f"escalation-to-{name}".replace("_", "-"))
