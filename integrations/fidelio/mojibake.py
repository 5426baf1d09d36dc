"""Tells text whose bytes were read in the wrong code page: it can be turned back into sound Cyrillic, exactly."""

_WRONG = ("latin-1", "cp1252", "cp1251")


def is_mojibake(text: str) -> bool:
    """True when the text is UTF-8 Cyrillic that somebody read as a Western or Russian single-byte code page.

    Sound text is safe: its bytes in those pages are practically never valid UTF-8.
    """
    if text.isascii():
        return False
    for page in _WRONG:
        try:
            back = text.encode(page).decode("utf-8")
        except UnicodeError:
            continue
        if any("а" <= char.lower() <= "я" for char in back):
            return True
    return False
