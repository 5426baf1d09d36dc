"""The one tokenizer of our markup."""

from hypothesis import given
from hypothesis import strategies as st

from domain.chat import escape
from domain.markup import Token, plain_text, tokens


def test_words_tags_links_and_entities():
    assert list(tokens('<b>Иванов</b> &amp; <a href="https://a.b/?x=1&amp;y=2">тут</a>')) == [
        Token(tag="b"),
        Token("Иванов"),
        Token(tag="b", closes=True),
        Token(" & "),
        Token(tag="a", href="https://a.b/?x=1&y=2"),
        Token("тут"),
        Token(tag="a", closes=True),
    ]


def test_what_is_no_tag_of_ours_is_words():
    assert plain_text("<script>1 < 2</script>") == "<script>1 < 2</script>"


@given(st.text())
def test_escaped_words_come_out_as_they_were(words):
    assert plain_text(f"<b>{escape(words)}</b>") == words
