"""Causes: every code has one, and every cause is explained where people look it up."""

import re
from pathlib import Path

import pytest

from bot.texts import LANGUAGES, has
from domain.sync_causes import ALL, CAUSES, OTHER, PASSING, by_cause, cause_of

PAGE = Path(__file__).parents[2] / "docs" / "sync-errors.md"
ROWS = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (.+?) \| (.*?) ?\|$", PAGE.read_text("utf-8"), re.MULTILINE)


def test_the_page_lists_every_cause_and_no_other():
    assert sorted(code for code, *_ in ROWS) == sorted(ALL)


def test_what_passes_by_itself_is_told_so():
    assert {code for code, _, _, itself in ROWS if itself == "да"} - {"crm-gone"} == PASSING


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_has_words(language):
    assert not {cause for cause in ALL if cause != OTHER and not has(f"reason-{cause}", language)}
    assert has("cause-other", language)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("CRM_FIELD_ERROR_VALUE_NOT_VALID", "crm-field"),
        ("CRM_FIELD_ERROR_REQUIRED", "crm-required"),
        ("CRM_SOMETHING_NEW", "crm-field"),
        ("bitrix-http-404", "portal-webhook"),
        ("bitrix-some-new-error", "portal-other"),
        ("row-new", "row-unreadable"),
        ("who-knows", OTHER),
        ("", OTHER),
        (None, OTHER),
    ],
)
def test_the_cause_behind_a_code(code, cause):
    assert cause_of(code) == cause


def test_records_are_counted_by_cause():
    counted = by_cause({"bitrix-busy": 2, "bitrix-operating-limit": 3, "row-bad-date": 1})
    assert counted == {"portal-busy": 5, "row-bad-date": 1}


def test_codes_are_folded():
    assert all(code == code.casefold() for code in CAUSES)
