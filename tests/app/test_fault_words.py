"""Every code of a failure has words of its own in both languages: none is told by its fallback only.

What handlers refuse to people is checked in tests/bot/test_texts.py.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.texts import LANGUAGES, has, text
from bot.texts.faults import told
from handlers.sync.syncs import reason
from integrations.bitrix24 import errors as bitrix
from integrations.telegram import errors as telegram

ROOT = Path(__file__).parents[2]
FATES = {"Refused", "Temporary", "Unclear", "Permanent"}
ROWS = {"RowProblem": 2, "BadRow": 0}
"""Which argument holds the code of an unreadable row."""
SOURCES = ("integrations/fidelio", "integrations/bitrix24/crm", "integrations/bitrix24/errors", "storage")
"""Where a sync's end comes from."""


def parsed(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


def constants(tree: ast.Module) -> dict[str, str]:
    """The module's own names for codes."""
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            names, values = [target], [node.value]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                names, values = target.elts, node.value.elts
            for name, value in zip(names, values, strict=True):
                if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                    found[name.id] = str(value.value)
    return found


def raised(*rooms: str, fates: set[str] = FATES) -> Iterator[tuple[str, str]]:
    """(place, code) of every fate made with a code that stands in the source."""
    for place, tree in parsed(*rooms):
        known = constants(tree)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            if node.func.id in fates:
                code = node.args[0]
            elif node.func.id in ROWS and len(node.args) > ROWS[node.func.id]:
                code = node.args[ROWS[node.func.id]]
            else:
                continue
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield f"{place}:{node.lineno}", code.value
            elif isinstance(code, ast.Name) and code.id in known:
                yield f"{place}:{node.lineno}", known[code.id]


def tabled() -> set[str]:
    """Codes that stand in tables."""
    codes = {bitrix.our_code(code) for code in bitrix._KNOWN if code != ""}
    codes |= {bitrix.our_code(code) for code in (*bitrix._LATER, *bitrix._NEVER)}
    codes |= {code for _, code in telegram._SENTENCES}
    codes |= {"telegram-forbidden", "bitrix-payment-required"}
    codes |= {
        bitrix.our_code(f"BOT_{name}") for name in ("CODE_ALREADY_TAKEN", "OWNERSHIP_ERROR", "NOT_FOUND")
    }
    return codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_own_words(language):
    found = [*raised("integrations", "storage"), *raised("handlers", fates=FATES - {"Refused"})]
    found += [("a table", code) for code in tabled()]
    assert len(found) > 100  # else the search itself is broken
    without = {
        f"{code} ({place})"
        for place, code in found
        if not code.startswith("row-") and not has(f"error-{code}", language)
    }
    assert not without - {"bitrix-refused-by-portal (a table)"}  # nameless at the portal: told by its family


class _Scope:
    """As much of a scope as words need."""

    def __init__(self, language: str) -> None:
        self._language = language

    def text(self, key: str, **params: object) -> str:
        return text(key, self._language, **params)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_end_of_a_sync_is_told_in_words(language):
    codes = {
        code
        for place, code in raised("integrations", "storage", "handlers")
        if place.startswith(SOURCES) and not place.startswith("storage/moving.py")  # no sync ends by a move
    }
    codes |= {code for code in tabled() if code.startswith("bitrix-") and "bot" not in code}
    codes |= {"bitrix-unreachable", "bitrix-unavailable", "bitrix-unclear", "bitrix-http-403", "bitrix-moved"}
    codes |= {"interrupted", "internal", "no-source", "CRM_FIELD_ERROR_VALUE_NOT_VALID"}
    assert {"pms-answer", "row-bad-date", "row-mojibake", "crm-layout", "database-unavailable"} <= codes
    other = text("reason-other", language, detail="")
    told_as = {code: reason(_Scope(language), code) for code in codes}
    assert not {code for code, words in told_as.items() if words in {code, other} or "-" in words.split()[0]}


def test_a_detail_is_inert():
    assert "&lt;b&gt;" in reason(_Scope("ru"), "pms-answer", "<b>")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "code", ["bitrix-some-new-error", "bitrix-http-418", "telegram-new", "who-knows", ""]
)
def test_a_code_nobody_knows_is_told_too(language, code):
    words = told(code, language)
    assert words
    assert "\n" not in words
    assert code.removeprefix("bitrix-http-") in words


def test_words_that_want_more_than_is_known_dont_fail():
    assert "move-not-allowed" in told("move-not-allowed", "ru")
