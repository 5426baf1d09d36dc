"""One key of a mapping changed in the text people wrote; everything else stays as it stands."""

import tomllib

import pytest

from domain.mapping import default_text, edits, read


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", '[contact.lastName]\nowner = "never"\n'),
        (
            '# моё\n[contact.lastName]\nfrom = "last_name"\nowner = "overwrite"  # старое\n',
            '# моё\n[contact.lastName]\nfrom = "last_name"\nowner = "never"\n',
        ),
        (
            '[contact.lastName]\nfrom = "x"\n\n[deal]\n',
            '[contact.lastName]\nowner = "never"\nfrom = "x"\n\n[deal]\n',
        ),
        ('[contact]\nlastName = { from = "x" }\n', '[contact]\nlastName = { from = "x", owner = "never" }\n'),
        (
            '[contact]\nlastName = { owner = "if_new", from = "x" }\n',
            '[contact]\nlastName = { owner = "never", from = "x" }\n',
        ),
        ("[contact]\nlastName = {}\n", '[contact]\nlastName = {owner = "never" }\n'),
    ],
)
def test_an_owner_is_put_in(text, made):
    assert edits.with_value(text, "contact.lastName", "owner", "never") == made
    assert tomllib.loads(made)["contact"]["lastName"]["owner"] == "never"


def test_a_value_is_quoted_whatever_is_in_it():
    text = edits.with_value("", "rules", "pipeline", 'Брони "главные"\n[x]')
    assert tomllib.loads(text) == {"rules": {"pipeline": 'Брони "главные"\n[x]'}}


def test_what_is_taken_back_leaves_nothing_behind():
    text = edits.with_value('# имя\n[deal.title]\nfrom = "x"\n', "rules", "pipeline", "Брони")
    assert edits.without(text, "rules", "pipeline").strip() == '# имя\n[deal.title]\nfrom = "x"'
    assert edits.without(text, "rules", "absent") == text
    assert edits.without("", "rules", "pipeline") == ""


def test_the_whole_default_stays_itself_but_for_the_one_key():
    changed = edits.with_value(default_text(), "contact.lastName", "owner", "if_empty")
    before, after = read(default_text(), "").raw, read(changed, "").raw
    assert after["contact"]["lastName"].pop("owner") == "if_empty"
    before["contact"]["lastName"].pop("owner", None)
    assert before == after
