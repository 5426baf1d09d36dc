"""Blank what people paste by mistake before it is stored: passwords, cards, passports, tokens.

A support desk's history is read by many and kept for years; what never enters it can't leak from it.
Better a harmless word too many blanked than one password kept.
"""

import re
from collections.abc import Callable
from enum import StrEnum

MASK = "•••••"


class SecretKind(StrEnum):
    """What was blanked; the words for it live in the texts."""

    PASSWORD = "password"  # noqa: S105 - a kind's name, no password
    CARD = "card"
    PASSPORT = "passport"
    TOKEN = "token"  # noqa: S105 - a kind's name, no token
    WEBHOOK = "webhook"


_Found = set[SecretKind]
_Rule = Callable[[str, _Found], str]


def blank_secrets(text: str) -> tuple[str, tuple[SecretKind, ...]]:
    """Return the text with secrets replaced by MASK, and the kinds found, sorted.

    Webhook and token addresses keep their host, so that support still sees which portal is meant.
    Idempotent: blanking a blanked text changes nothing.
    """
    found: _Found = set()
    for rule in _RULES:
        text = rule(text, found)
    return text, tuple(sorted(found))


def _masking(pattern: str, kind: SecretKind) -> _Rule:
    """A rule that masks the group `value` and keeps the rest of the match."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def rule(text: str, found: _Found) -> str:
        def replaced(match: re.Match[str]) -> str:
            if match["value"].startswith(MASK):
                return match[0]
            found.add(kind)
            return match["keep"] + MASK

        return compiled.sub(replaced, text)

    return rule


# Addresses that are themselves the key.
_WEBHOOKS = [
    r"(?P<keep>https?://[^\s/]+/rest/(?:api/)?\d+/)(?P<value>[^\s/?#\"'<>]+)",
    r"(?P<keep>https?://hooks\.[^\s/]+/)(?P<value>[^\s\"'<>]+)",
    r"(?P<keep>https?://[^\s/]+/oxi/)(?P<value>[^\s/?#\"'<>]+)",
    r"(?P<keep>https?://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/)(?P<value>[^\s\"'<>]+)",
]
_TOKENS = [
    r"(?P<keep>api\.telegram\.org/(?:file/)?bot)(?P<value>\d+:[\w-]+)",
    r"(?P<keep>)(?<![\w:])(?P<value>\d{8,10}:[A-Za-z0-9_-]{30,})",
    r"(?P<keep>)\b(?P<value>eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*)",
    r"(?P<keep>)\b(?P<value>(?:ghp_|gho_|github_pat_|glpat-|xox[abpr]-|sk-|AKIA|ya29\.)[\w-]{12,})",
    r"(?P<keep>\b(?:bearer|basic)\s+)(?P<value>[A-Za-z0-9._~+/=-]{16,})",
    (
        r"(?P<keep>[?&](?:auth|token|access_token|refresh_token|api_?key|key|secret|client_secret|sign|password)=)"
        r"(?P<value>[^\s&#\"'<>]+)"
    ),
    (
        r"(?P<keep>\b(?:api[ _-]?key|apikey|(?:access|refresh|bot|auth)?[ _-]?token|client[ _-]?secret|secret|"
        r"токен\w{0,2}|ключ(?:\s+api|\s+апи)|секрет\w{0,3})\s*(?:[:=]|\bis\b|[-—–])\s*[\"'«`]?)"
        r"(?P<value>(?=\S*\d|\S{16})[A-Za-z0-9][\w.~+/=:-]{5,})"
    ),
]
_CREDENTIALS_IN_URL = r"(?P<keep>\b[a-z][a-z0-9+.-]*://[^\s/:@]+:)(?P<value>[^\s/@]+)(?=@)"

_PASSWORD_WORD = r"(?:парол[ьяеию]\w{0,2}|пасс?ворд|pass(?:word|wd|code)?|pwd|пин[- ]?код|pin(?:[- ]?code)?)"  # noqa: S105 - a pattern
_OF_WHAT = r"(?:\s+(?:от|на|для|к|в|for|of|to|from)\s+[\w-]+(?:\s+[\w-]+){0,2})?"
_OF_WHAT_LAZY = r"\s+(?:от|на|для|к|в|for|of|to|from)\s+[\w-]+?(?:\s+[\w-]+){0,2}?"
_SEPARATED_VALUE = re.compile(
    rf"(?P<keep>\b{_PASSWORD_WORD}{_OF_WHAT}\s*(?:[:=]|\s[-—–]\s|\s+(?:is|это|такой)\s*:?)\s*[\"'«`(]?)"
    r"(?P<value>[^\s\"'»`<>]+)",
    re.IGNORECASE,
)
# "пароль от вайфая guest2026": the value is the first word that looks made up, at once or after of-what.
_BARE_VALUE = re.compile(
    rf"(?P<keep>\b{_PASSWORD_WORD}(?:{_OF_WHAT_LAZY})??\s+[\"'«`(]?)(?P<value>(?=\S*\d)[^\s\"'»`<>]{{4,}})",
    re.IGNORECASE,
)
_LOGIN_AND_PASSWORD = re.compile(
    rf"(?P<keep>\b(?:логин|login|user(?:name)?|учётк\w|учетк\w)\s*(?:/|и|,|\+|and)\s*{_PASSWORD_WORD}\s*[:=—–-]?\s*"
    r"[^\s/,;]+\s*(?:[/,;|]|\s)\s*)(?P<value>[^\s\"'»<>]+)",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(
    r"[а-яё]+|[a-z]{1,3}|(?:not|was|has|does|doesn't|expired|wrong|reset|changed|invalid|field|required|incorrect|missing)"
)
_TRAILING = ".,;!?)"


def _mask_value(match: re.Match[str], found: _Found) -> str:
    value = match["value"].rstrip(_TRAILING)
    found.add(SecretKind.PASSWORD)
    return match["keep"] + MASK + match["value"][len(value) :]


def _separated_password(text: str, found: _Found) -> str:
    def replaced(match: re.Match[str]) -> str:
        value = match["value"].rstrip(_TRAILING)
        if not value or value.startswith(MASK) or _PLAIN_WORD.fullmatch(value):
            return match[0]
        return _mask_value(match, found)

    return _SEPARATED_VALUE.sub(replaced, text)


def _bare_password(text: str, found: _Found) -> str:
    def replaced(match: re.Match[str]) -> str:
        value = match["value"].rstrip(_TRAILING)
        has_digit, has_letter = any(map(str.isdigit, value)), any(map(str.isalpha, value))
        looks_made_up = (has_digit and (has_letter or len(value) >= 4)) and not re.fullmatch(
            r"\d+-?[а-яё]+", value
        )
        return _mask_value(match, found) if looks_made_up and len(value) >= 4 else match[0]

    return _BARE_VALUE.sub(replaced, text)


def _login_and_password(text: str, found: _Found) -> str:
    def replaced(match: re.Match[str]) -> str:
        value = match["value"].rstrip(_TRAILING)
        plain = not value or value.startswith(MASK) or _PLAIN_WORD.fullmatch(value)
        return match[0] if plain else _mask_value(match, found)

    return _LOGIN_AND_PASSWORD.sub(replaced, text)


_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_CARD_ISSUERS = re.compile(r"220[0-4]|4|5[0-9]|6|3[47]|35|2(?:2[2-9]|[3-6]|7[01]|720)")
_CVV = r"(?P<keep>\b(?:cvv2?|cvc2?|цвв|код\s+с\s+обратной\s+стороны)\W{0,3})(?P<value>\d{3,4})\b"


def luhn_holds(digits: str) -> bool:
    """The check sum of ISO/IEC 7812, as every payment card number has it."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _card(text: str, found: _Found) -> str:
    def replaced(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        if len(set(digits)) == 1 or not _CARD_ISSUERS.match(digits) or not luhn_holds(digits):
            return match[0]
        found.add(SecretKind.CARD)
        return MASK

    return _CARD.sub(replaced, text)


# Series (region, year of the form), number; alone only in the spaced form, 10 digits in a row may be a phone.
_PASSPORT_NEAR_WORD = re.compile(
    r"(?P<keep>\b(?:загран)?(?:паспорт|passport)\w{0,4}\b[^\n\d]{0,40}(?:сери[яию]\s*)?)"
    r"(?P<value>\d{2}\s?\d{2}(?:\s|№|N|,|номер){0,6}\d{6}|\d{2}\s?(?:№\s?)?\d{7}|[A-Z]{1,2}\s?\d{7})(?!\d)",
    re.IGNORECASE,
)
_PASSPORT_SERIES = re.compile(
    r"(?P<keep>\bсери[яию]\W{0,3})(?P<value>\d{2}\s?\d{2}\W{0,4}(?:номер|№|N)?\W{0,3}\d{6})(?!\d)",
    re.IGNORECASE,
)
_PASSPORT_ALONE = re.compile(
    r"(?<![\d+(-])(?P<keep>)(?P<value>\d{2}\s?(?P<year>\d{2})\s(?:№\s?)?\d{6})(?![\d-])"
)


def _passport(text: str, found: _Found) -> str:
    def replaced(match: re.Match[str]) -> str:
        found.add(SecretKind.PASSPORT)
        return match["keep"] + MASK

    def alone(match: re.Match[str]) -> str:
        plausible = match["year"] >= "97" or match["year"] <= "40"
        return replaced(match) if plausible else match[0]

    text = _PASSPORT_NEAR_WORD.sub(replaced, text)
    text = _PASSPORT_SERIES.sub(replaced, text)
    return _PASSPORT_ALONE.sub(alone, text)


_RULES: tuple[_Rule, ...] = (
    *(_masking(pattern, SecretKind.WEBHOOK) for pattern in _WEBHOOKS),
    *(_masking(pattern, SecretKind.TOKEN) for pattern in _TOKENS),
    _masking(_CREDENTIALS_IN_URL, SecretKind.PASSWORD),
    _login_and_password,
    _separated_password,
    _bare_password,
    _masking(_CVV, SecretKind.CARD),
    _card,
    _passport,
)
