"""Commands typed in plain words: ``новая заявка``, ``номер 305``, ``почему …``, in any language of the bot."""

import re

from bot.command_names import ALL, WITH_ARGUMENT, Typed, fold
from bot.texts import LANGUAGES
from domain.ports import Texts

_ROOM = re.compile(r"\S+")


class TypedCommands:
    """Knows a command by its words."""

    def __init__(self, texts: Texts) -> None:
        self._typed = {fold(texts(f"typed-{name}", lang)): name for name in ALL for lang in LANGUAGES}
        self._reconciling = {fold(texts("typed-reconcile", lang)) for lang in LANGUAGES}
        self._new_for = _leading(texts, "typed-new-for")
        self._why = _leading(texts, "typed-why")

    def recognise(self, text: str) -> Typed | None:
        """A command's name typed as a whole message; ``номер 305`` is the word and exactly one token."""
        words = fold(text)
        if name := self._typed.get(words):
            return Typed(name)
        if words in self._reconciling:
            return Typed("sync", "reconcile")
        if found := self._new_for.match(text):
            return Typed("new", "for " + text[found.end() :])
        if found := self._why.match(text):
            return Typed("sync", "why " + text[found.end() :].rstrip(".!? "))
        head, _, rest = words.partition(" ")
        name = self._typed.get(head)
        if name not in WITH_ARGUMENT or not rest:
            return None
        if name == "room" and not _ROOM.fullmatch(rest):
            return None
        if name == "request" and not re.fullmatch(r"\w+-\d{4}-\d+", rest):
            return None
        return Typed(name, " ".join(text.split()[1:]).rstrip(".! "))


def _leading(texts: Texts, name: str) -> re.Pattern[str]:
    """The words of a text, in any language, with something behind them."""
    words = "|".join(re.escape(texts(name, language)) for language in LANGUAGES)
    return re.compile(rf"\s*(?:{words})\s+(?=\S)", re.IGNORECASE)
