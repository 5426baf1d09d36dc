"""The words for people: Russian and English alike, every key the code names is there, every text can be shown."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, visitor
from fluent.syntax import ast as fluent

from bot.command_names import ALL
from bot.dialogs.new_request import STEPS
from bot.texts import LANGUAGES, MissingTextError, has, keys, text
from domain.chat import Channel, Markup
from domain.requests import Action, ClosedAs, Part, Priority, RequestType, Status
from domain.stays import StayState

ROOT = Path(__file__).parents[2]
ROOMS = ("bot", "handlers", "app", "web", "scheduler")
TELLING = ("bot", "handlers", "domain", "storage")
"""Rooms whose Refused is told to people."""


class Variables(visitor.Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: fluent.VariableReference) -> None:  # noqa: N802 - the visitor's way
        self.found.add(node.id.name)


def variables(language: str) -> dict[str, set[str]]:
    """What each text wants to be given."""
    wanted: dict[str, set[str]] = {}
    for path in sorted((ROOT / "bot" / "texts" / language).glob("*.ftl")):
        for entry in FluentParser().parse(path.read_text(encoding="utf-8")).body:
            assert not isinstance(entry, fluent.Junk), f"{path.name}: {entry.content[:80]}"
            if isinstance(entry, fluent.Message):
                assert entry.id.name not in wanted, f"{entry.id.name} stands twice in {language}"
                seen = Variables()
                seen.visit(entry)
                wanted[entry.id.name] = seen.found
    return wanted


WANTED = {language: variables(language) for language in LANGUAGES}


def calls(rooms: tuple[str, ...]) -> Iterator[tuple[str, ast.Call]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def given(call: ast.Call) -> set[str] | None:
    """The params of a call; None when some of them are only known at run time."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    return {keyword.arg for keyword in call.keywords if keyword.arg}


def is_key(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", value) is not None


def text_calls() -> Iterator[tuple[str, ast.Call, ast.expr]]:
    for place, call in calls(ROOMS):
        # A function of that name without a language is something else's, a form's field for instance.
        of_ours = isinstance(call.func, ast.Attribute) or len(call.args) > 1
        if named(call) in {"text", "texts", "_text", "_texts"} and call.args and of_ours:
            yield place, call, call.args[0]


def test_both_languages_know_the_same_texts():
    assert keys("ru") == keys("en")


def test_both_languages_want_the_same_params():
    differing = {key for key in WANTED["ru"] if WANTED["ru"][key] != WANTED["en"].get(key)}
    assert not differing


def test_every_key_the_code_names_is_there_with_its_params():
    named_keys = [
        (place, argument.value, given(call))
        for place, call, argument in text_calls()
        if isinstance(argument, ast.Constant) and is_key(argument.value)
    ]
    assert len(named_keys) > 100  # else the search itself is broken
    assert not list(faults(named_keys))


def faults(named_keys: list[tuple[str, str, set[str] | None]]) -> Iterator[str]:
    for place, key, params in named_keys:
        for language in LANGUAGES:
            if not has(key, language):
                yield f"{place}: no {key} in {language}"
            elif params is not None and (missing := WANTED[language][key] - params):
                yield f"{place}: {key} wants {missing}"


def test_every_family_of_keys_has_members():
    for place, _call, argument in text_calls():
        if isinstance(argument, ast.JoinedStr):
            parts = [
                re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z0-9-]+"
                for part in argument.values
            ]
            pattern = re.compile("".join(parts))
            assert any(pattern.fullmatch(key) for key in keys("ru")), (
                f"{place}: nothing like {pattern.pattern}"
            )


def test_every_refusal_can_be_told():
    added_when_told = {"status", "possible", "who"}
    named_keys = [
        (place, f"error-{call.args[0].value}", None if params is None else params | added_when_told)
        for place, call in calls(TELLING)
        for params in [given(call)]
        if named(call) == "Refused" and call.args and isinstance(call.args[0], ast.Constant)
    ]
    assert len(named_keys) > 20
    assert not list(faults(named_keys))


@pytest.mark.parametrize("language", LANGUAGES)
def test_families_are_complete(language):
    wanted = {
        *(f"type-{one}" for one in RequestType),
        *(f"priority-{one}" for one in Priority),
        *(f"status-{one}" for one in Status),
        *(f"closed-{one}" for one in ClosedAs),
        *(f"channel-{one}" for one in Channel),
        *(f"do-{one}" for one in Action),
        *(f"part-{one}" for one in Part),
        *(f"stay-{one}" for one in StayState),
        *(f"command-{one}" for one in ALL),
        *(f"typed-{one}" for one in ALL),
        *(f"new-{one}" for one in STEPS.names),
        *(f"field-{one}" for one in STEPS.names[:-1]),
    }
    missing = {key for key in (name.replace("_", "-") for name in wanted) if not has(key, language)}
    assert not missing


SAMPLES = (
    0,
    1,
    2,
    5,
    21,
    "",
    "x",
    True,
    False,
    None,
    date(2026, 11, 24),
    datetime(2026, 11, 24, 11, 20, tzinfo=UTC),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_shown(language):
    for key in keys(language):
        for sample in SAMPLES:
            shown = text(key, language, **dict.fromkeys(WANTED[language][key], sample))
            assert "{" not in shown, (key, sample, shown)
        nothing = text(key, language, **dict.fromkeys(WANTED[language][key]))
        assert nothing == text(key, language, **dict.fromkeys(WANTED[language][key], "")), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_tags_are_ours_and_closed(language):
    for key in keys(language):
        shown = text(key, language, **dict.fromkeys(WANTED[language][key], "x"))
        opened = []
        for closing, tag in re.findall(r"<(/?)(\w+)[^>]*>", shown):
            assert tag in {"b", "i", "u", "s", "code", "q", "a"}, (key, tag)
            if closing:
                assert opened.pop() == tag, key
            else:
                opened.append(tag)
        assert not opened, key


def test_english_is_english():
    letters = re.compile(r"[а-яё]", re.IGNORECASE)
    allowed = {"help", "command-lang", "callback-other-language", "status-other-language"}
    found = {
        key
        for key in keys("en") - allowed
        if letters.search(text(key, "en", **dict.fromkeys(WANTED["en"][key], "x")))
    }
    assert not found


def test_what_comes_from_outside_is_inert():
    shown = text("greeting", "ru", name="<b>&[url=x]")
    assert "&lt;b&gt;&amp;" in shown
    assert "<b>" in text("history-line", "ru", at="", what=Markup("<b>x</b>"))


def test_an_unknown_key_is_a_mistake():
    with pytest.raises(MissingTextError):
        text("no-such-text", "ru")
    with pytest.raises(MissingTextError):
        text("greeting", "ru")  # a param forgotten


def test_moments_and_days_in_both_languages():
    at = datetime(2026, 11, 24, 11, 20, tzinfo=UTC)
    assert "вт 24 ноября, 11:20" in text("done-at", "ru", at=at)
    assert "Tue 24 Nov, 11:20" in text("done-at", "en", at=at)


@pytest.mark.parametrize(("count", "word"), [(1, "файл:"), (2, "файла"), (5, "файлов"), (21, "файл:")])
def test_russian_counts(count, word):
    assert f"{count} {word}" in text("new-screenshot", "ru", count=count, names="")
