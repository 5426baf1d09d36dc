import re
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.bitrix24.phpform import FormError, parse_form

NAME = st.text("abcxyz_ё +%&=", min_size=1, max_size=6)
VALUE = st.text("aя1 +%&=[]\n", max_size=12)
TREE = st.recursive(
    VALUE, lambda inner: st.dictionaries(NAME, inner, min_size=1, max_size=4), max_leaves=12
).filter(lambda tree: isinstance(tree, dict))


def pairs_of(tree, prefix=""):
    for key, value in tree.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, dict):
            yield from pairs_of(value, name)
        else:
            yield name, value


def reference(body):
    """The plain way: parse_qsl, then nest."""
    form = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        head, brackets = re.match(r"([^\[]*)(.*)", name, re.DOTALL).groups()
        path = [head, *re.findall(r"\[([^\]]*)\]", brackets)]
        place = form
        for part in path[:-1]:
            if not isinstance(place.get(part), dict):
                place[part] = {}
            place = place[part]
        place[path[-1]] = value
    return form


@given(TREE)
def test_equal_to_parse_qsl_with_nesting(tree):
    body = urlencode(list(pairs_of(tree)))
    assert parse_form(body) == reference(body) == tree
    assert parse_form(body.encode()) == tree


@given(TREE)
def test_brackets_may_stand_bare(tree):
    body = "&".join(f"{quote(name, safe='[]')}={quote(value, safe='')}" for name, value in pairs_of(tree))
    assert parse_form(body) == tree


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a[]=1&a[]=2", {"a": {"0": "1", "1": "2"}}),
        ("a[][id]=1&a[][id]=2", {"a": {"0": {"id": "1"}, "1": {"id": "2"}}}),
        ("a[5]=x&a[]=y", {"a": {"5": "x", "6": "y"}}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[b=1", {"a[b": "1"}),
        ("[a]=1", {"[a]": "1"}),
        ("&&a&=&b=", {"a": "", "": "", "b": ""}),
        ("a=%FF%zz+", {"a": "\ufffd%zz "}),
    ],
)
def test_odd_bodies(body, expected):
    assert parse_form(body) == expected


def test_bodies_nobody_sends_are_refused():
    with pytest.raises(FormError):
        parse_form("a=1&" * 6000)
    with pytest.raises(FormError):
        parse_form("a" + "[b]" * 40 + "=1")
