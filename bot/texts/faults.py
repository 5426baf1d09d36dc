"""A failure's code in words: its own text where there is one, else that of its family. Never fails itself."""

from collections.abc import Mapping

from bot.texts import MissingTextError, has, text

_HTTP = "bitrix-http-"
_FAMILIES = ("bitrix", "telegram")


def told(code: str, language: str, params: Mapping[str, object] | None = None) -> str:
    """One line about a failure, for terminals and operators."""
    if code.startswith(_HTTP):
        return text("error-bitrix-http", language, status=code.removeprefix(_HTTP))
    if has(f"error-{code}", language):
        try:
            return text(f"error-{code}", language, **(params or {}))
        except MissingTextError:  # the words want more than whoever failed knew
            return text("error-unknown", language, code=code)
    family = code.partition("-")[0]
    key = f"error-{family}-other" if family in _FAMILIES else "error-unknown"
    return text(key, language, code=code)
