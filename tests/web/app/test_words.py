"""Every text the templates name is there in both languages, and every deed and journal entry has its words."""

import re

import pytest

from bot.texts import LANGUAGES, has, keys
from handlers.settings import deeds, deliveries, journal, templates
from web.app.site import HERE

CALL = re.compile(r"""\b(?:t|maybe)\(\s*(?:"([a-z0-9-]+)"|'([a-z0-9-]+)')(\s*~)?""")
NAMED = [
    (path.name, double or single, bool(more))
    for path in sorted((HERE / "templates").glob("*.html"))
    for double, single, more in CALL.findall(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_templates_say_is_there(language):
    assert len(NAMED) > 300  # else the search itself is broken
    known = keys(language)
    missing = {
        (name, key)
        for name, key, more in NAMED
        if not (any(one.startswith(key) for one in known) if more else key in known)
    }
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_code_names_by_parts_is_there(language):
    wanted = {
        *(f"deed-{one}".replace(".", "-") for one in deeds.KEYS),
        *(f"delivery-kind-{one}" for one in deliveries.FAMILIES),
        *(f"lookup-kind-{one}" for one in journal.KINDS),
        *(f"journal-{name}" for name, _ in journal.COLUMNS),
        *(f"template-ours-{one}" for one in templates.OURS),
        *(f"template-ours-{one}-name" for one in templates.OURS),
    }
    assert {one for one in wanted if not has(one, language)} == set()
