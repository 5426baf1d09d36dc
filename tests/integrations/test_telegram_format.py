"""Our markup as Telegram's HTML: escaped, cut on safe borders, readable by the stand-in's own reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat import escape
from integrations.telegram.format import EMPTY, TEXT_UNITS, is_link, split, to_html, units
from sandbox.telegram.entities import format_text, parse_html, utf16_len

TABLE = [
    ("<b>a</b> <i>b</i> <u>c</u> <s>d</s> <code>e</code>", None),
    ("<q>слова</q>", "<blockquote>слова</blockquote>"),
    ('<a href="https://x.ru/?a=1&amp;b=2">тут</a>', None),
    ('<a href="javascript:alert(1)">тут</a>', "тут"),
    ("<script>x</script> &lt;b&gt; a &amp; b", "&lt;script&gt;x&lt;/script&gt; &lt;b&gt; a &amp; b"),
    ("<q>a<q>b</q>c</q>", "<blockquote>abc</blockquote>"),
    ("<b>не закрыт", "<b>не закрыт</b>"),
    ("лишний</b>", "лишний"),
    ("<b><i>крест</b></i>", "<b><i>крест</i></b>"),
    ("@pyotr_support и a@b.ru", "@\u2060pyotr_support и a@b.ru"),
    ("a\r\nb\x00\x07", "a\nb"),
    ("", EMPTY),
    ("<b> \n </b>", EMPTY),
]


@pytest.mark.parametrize(("markup", "html"), TABLE)
def test_rendering(markup, html):
    assert to_html(markup) == (markup if html is None else html)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hotel.bitrix24.ru/company/", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://localhost:8080/x", False),
        ("tel:+7", False),
        ("https://x.ru/a b", False),
        ("http://[::1", False),
    ],
)
def test_links(url, good):
    assert is_link(url) is good


def test_cuts_fall_between_paragraphs_then_sentences_then_words():
    paragraph = "Слово слово слово. " * 100
    first, second = split(f"{paragraph}\n\n{paragraph}\n\n{paragraph}")
    assert first.endswith("слово.")
    assert (units(first) <= TEXT_UNITS, units(second) <= TEXT_UNITS) == (True, True)
    assert first.count("\n") == 2
    sentences = split("Это предложение. " * 500)
    assert all(part.rstrip().endswith("предложение.") for part in sentences)
    words = split("слово " * 2000)
    assert all(part.startswith("слово") and part.rstrip().endswith("слово") for part in words)


def test_open_tags_go_on_in_the_next_part():
    first, second = split(f'<b><a href="https://x.ru/">{"слово " * 1000}</a></b>')
    assert first.startswith('<b><a href="https://x.ru/">')
    assert first.endswith("</a></b>")
    assert second.startswith('<b><a href="https://x.ru/">слово')


def test_one_long_word_and_emoji_are_cut_whole():
    parts = split("🙂" * 5000)
    assert "".join(parts) == "🙂" * 5000
    assert [units(part) for part in parts] == [4096, 4096, 1808]
    families = split("👨‍👩‍👧" * 1000)
    assert all(part.startswith("👨") for part in families)


_words = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(escape)
_tags = st.sampled_from(
    [
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<q>",
        "</q>",
        "<code>",
        "</code>",
        '<a href="https://x.ru">',
        "</a>",
        "\n",
    ]
)


@given(st.lists(st.one_of(_words, _tags), max_size=40).map("".join), st.integers(10, 60))
def test_every_part_is_accepted_and_short_enough(markup, limit):
    for part in split(markup, limit):
        shown, _ = parse_html(part)
        assert utf16_len(shown) <= limit
        assert shown.strip()
        format_text(part, "HTML", None)


@given(st.text(alphabet=st.sampled_from("абв. \n🙂"), max_size=400), st.integers(10, 60))
def test_no_word_gets_lost(text, limit):
    shown = "".join(parse_html(part)[0] for part in split(escape(text), limit) if part != EMPTY)
    assert "".join(shown.split()) == "".join(text.split())
