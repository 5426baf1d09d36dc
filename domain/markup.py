"""Reading our own markup (see domain.chat): the one tokenizer that every messenger's renderer starts from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

_TAG = re.compile(r'<(?P<close>/?)(?P<tag>b|i|u|s|code|q|a)(?: href="(?P<href>[^"<>]*)")?>')


@dataclass(frozen=True, slots=True)
class Token:
    """Words (``tag`` empty), or a tag that opens or closes; ``href`` of an opening ``a``."""

    text: str = ""
    tag: str = ""
    closes: bool = False
    href: str = ""


def tokens(markup: str) -> Iterator[Token]:
    """Words and tags in order, entities resolved. What is no tag of ours is words."""
    at = 0
    for match in _TAG.finditer(markup):
        if match.start() > at:
            yield Token(unescape(markup[at : match.start()]))
        yield Token(tag=match["tag"], closes=bool(match["close"]), href=unescape(match["href"] or ""))
        at = match.end()
    if at < len(markup):
        yield Token(unescape(markup[at:]))


def plain_text(markup: str) -> str:
    """The words alone, for a terminal or a log."""
    return "".join(token.text for token in tokens(markup))
