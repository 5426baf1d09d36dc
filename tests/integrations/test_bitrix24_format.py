import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chat import escape
from integrations.bitrix24.format import bb, inert, plain, split

JOINER = "\u2060"
TAG = re.compile(r"\[\s*[/*]?\s*[A-Za-z]")
NASTY = st.text(alphabet=st.sampled_from('[]/>-#=*"&<> \n\rab/user=1sendBR'), max_size=80)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<b>Готово</b>, номер <code>305</code>", "[b]Готово[/b], номер [code]305[/code]"),
        ('<a href="https://x.ru/a?b=1&amp;c=2">тут</a>', "[url=https://x.ru/a?b=1&c=2]тут[/url]"),
        ('<a href="javascript:alert(1)">тут</a>', "тут"),
        ('<a href="https://x.ru/]evil[b]">t</a>', "[url=https://x.ru/%5Devil%5Bb%5D]t[/url]"),
        ("a<q>раз\nдва</q>b", "a\n>>раз\n>>два\nb"),
        ("<b>не закрыт", "[b]не закрыт[/b]"),
        ("</b>лишний", "лишний"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2", "1 < 2 && 3 > 2"),
        ("[x] готово, [12]", f"[{JOINER}x] готово, [12]"),
    ],
)
def test_markup_becomes_bb(markup, expected):
    assert bb(markup) == expected


@pytest.mark.parametrize(
    "outside",
    [
        "[b]fat[/b]", "[send=/sync]нажми[/send]", "[user=all]все[/user]", "[url=https://evil]x[/url]", "[br]",
        ">>quote", "------\nquote\n------", "/sync all", "text\n/sync", "#BR#/sync", "[ b]", "[/code]", "[*]",
        "\r/sync", "\u2028/sync",
    ],
)  # fmt: skip
def test_outside_words_stay_words(outside):
    for text in (bb(escape(outside)), bb(f"<b>{escape(outside)}</b>"), bb(f"я <q>{escape(outside)}</q>")):
        ours = text.removeprefix("[b]").removesuffix("[/b]")
        assert not TAG.search(ours)
        assert "------" not in text
        assert "#BR#" not in text
        assert not re.search(r"(?m)^\s*/", text)
        assert not re.search(r">>", text.replace("\n>>", "\n").removeprefix(">>"))
        assert not re.search(r"[\r\u2028]", text)


@given(st.lists(NASTY, max_size=4))
def test_no_tag_from_outside_survives(texts):
    """Whatever people write, the only tags in the result are the ones we opened and closed ourselves."""
    markup = "".join(f"<i>{escape(text)}</i>" for text in texts)
    text = bb(markup)
    assert text.count("[i]") == text.count("[/i]") == len(texts)
    assert not TAG.search(text.replace("[i]", "").replace("[/i]", ""))
    assert ">>" not in text
    assert not re.search(r"(?m)^[ \t]*/", text)


@given(NASTY)
def test_inert_words_look_the_same(text):
    plain_newlines = re.sub(r"\r\n?", "\n", text)
    assert inert(text).replace(JOINER, "") == plain_newlines


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "b", "i", "code"]), st.text("абв [/\n", min_size=1, max_size=400)),
        max_size=6,
    )
)
def test_a_split_text_keeps_words_and_balance(pieces):
    markup = "".join(f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text) for tag, text in pieces)
    parts = split(markup, limit=120)
    assert all(len(part) <= 120 + len(JOINER) * 40 for part in parts)
    for part in parts:
        for tag in ("b", "i", "code"):
            assert part.count(f"[{tag}]") == part.count(f"[/{tag}]")
    letters = re.sub(r"[^абв]", "", markup)
    assert re.sub(r"[^абв]", "", "".join(parts)) == letters


def test_a_long_text_is_cut_at_line_ends():
    markup = "<b>" + "\n".join(f"строка {number}" for number in range(4000)) + "</b>"
    parts = split(markup)
    assert len(parts) > 1
    assert all(len(part) <= 20_000 for part in parts)
    assert all(part.startswith("[b]строка") and part.endswith("[/b]") for part in parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[b]Не[/b] работает [I]принтер[/I]", "Не работает принтер"),
        ("[USER=5]Ольга Иванова[/USER], смотри", "Ольга Иванова, смотри"),
        ("[url=https://x.ru]тут[/url]", "тут (https://x.ru)"),
        ("[url]https://x.ru[/url]", "https://x.ru"),
        ("раз[br]два#BR#три", "раз\nдва\nтри"),
        ("[img size=medium]https://x/p.jpg [/img]", "https://x/p.jpg"),
        ("[icon=https://x/i.png size=20 title=smile]", "smile"),
        ("[timestamp=1645844720 format=SHORT_TIME_FORMAT]", "26.02.2022 03:05 UTC"),
        ("[disk=12]файл", "файл"),
        ("[send=/start]Начать[/send]", "Начать"),
        ("массив[0] и [x] остаются", "массив[0] и [x] остаются"),
    ],
)
def test_incoming_bb_becomes_plain(text, expected):
    assert plain(text) == expected


def test_hostile_incoming_text_is_read_quickly():
    assert plain("[url]" * 4000)
