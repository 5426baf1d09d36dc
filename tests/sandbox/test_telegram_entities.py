"""The HTML reader: shown text, entities in UTF-16 units, complaints with byte offsets."""

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.entities import format_text, parse_html, utf16_len
from sandbox.telegram.errors import ApiError

GOOD = [
    ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
    ("🙂<b>x</b>", "🙂x", [("bold", 2, 1)]),
    ("a &amp; b &copy; &#1071;&#x42f;", "a & b &copy; ЯЯ", []),
    ("<B>x</b>", "x", [("bold", 0, 1)]),
    ("<b></b>x", "x", []),
    ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
    ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
    ("a > b", "a > b", []),
    ("<b>x</>", "x", [("bold", 0, 1)]),
]


@pytest.mark.parametrize(("source", "text", "entities"), GOOD)
def test_what_is_read(source, text, entities):
    shown, found = parse_html(source)
    assert shown == text
    assert [(e["type"], e["offset"], e["length"]) for e in found] == entities


def test_links_and_code():
    _, (link,) = parse_html('<a href="https://x.ru/?a=1&amp;b=2">тут</a>')
    assert (link["type"], link["url"]) == ("text_link", "https://x.ru/?a=1&b=2")
    assert parse_html('<a href="javascript:alert(1)">x</a>') == ("x", [])
    _, (pre,) = parse_html('<pre><code class="language-python">x</code></pre>')
    assert (pre["type"], pre["language"]) == ("pre", "python")
    _, (mention,) = parse_html('<a href="tg://user?id=5001">Ольга</a>')
    assert mention["user"] == {"id": 5001}


BAD = [
    ("яя<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("яя</b>", "Unexpected end tag at byte offset 4"),
    ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
    ("яя <я", "Unclosed start tag at byte offset 5"),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("1 < 2 > 0", 'Unsupported start tag "" at byte offset 2'),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ('<a href="x>x', "Unclosed start tag at byte offset 0"),
    ("<a href=x_y>x</a>", "Unexpected end of name token at byte offset 8"),
]


@pytest.mark.parametrize(("source", "complaint"), BAD)
def test_what_is_refused(source, complaint):
    with pytest.raises(ApiError) as refusal:
        parse_html(source)
    assert refusal.value.description == f"Bad Request: can't parse entities: {complaint}"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_escaped_text_is_shown_as_it_was(text):
    assert parse_html(escape(text, quote=False)) == (text, [])


@given(st.text(alphabet="<>/ab=\"'& x;#1я🙂"))
def test_any_text_is_read_or_refused(text):
    try:
        shown, entities = parse_html(text)
    except ApiError:
        return
    assert all(e["length"] > 0 and e["offset"] + e["length"] <= utf16_len(shown) for e in entities)


def test_white_space_at_the_ends_goes_and_entities_follow():
    text, entities = format_text("  <b>x </b> ", "HTML", None)
    assert (text, entities) == ("x", [{"type": "bold", "offset": 0, "length": 1}])


def test_what_telegram_marks_by_itself():
    _, entities = format_text("/new@concierge_bot см. https://x.ru и @olga_front #срочно a@b.ru", "", None)
    assert [e["type"] for e in entities] == ["bot_command", "url", "mention", "hashtag", "email"]
