"""Guests' phones, e-mails and names as a PMS really holds them, made comparable.

Reception types what the guest says: 8 or +7, two numbers in a field, "no@mail.ru" where an e-mail is
obligatory. The CRM needs E.164, and matching must never join guests by a dummy or an agency's alias.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

import iuliia
import phonenumbers
from email_validator import EmailNotValidError, validate_email

# ---- phones


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164 ("+79001234567") and its extension, if one was written."""

    e164: str
    extension: str = ""


_PHONE_SEPARATORS = re.compile(r"[,;/|\n\t]|\s+(?:и|или|and|or)\s+|(?<=\d)\s*(?=\+)", re.IGNORECASE)
_EXTENSION = re.compile(
    r"\s*[,;]?\s*(?:доб(?:ав(?:очный)?)?\.?|вн\.?|ext\.?|extension|x|#)\s*\.?:?\s*(\d{1,6})\b", re.IGNORECASE
)
_LONGEST_E164 = 15
DUMMY_NATIONAL = frozenset({"1234567890", "9876543210", "0123456789"})


def parse_phones(raw: str, region: str = "RU", stop: Collection[str] = ()) -> tuple[Phone, ...]:
    """Every real number in a messy field, in order, without repeats.

    `region` is the hotel's country for numbers without a country code; `stop` holds E.164 numbers
    that belong to nobody (the hotel's own, an agency's). Dummies (0000000, 1234567) are left out.
    """
    found: dict[str, Phone] = {}
    for piece, extension in _phone_pieces(raw):
        for number in _numbers_in(piece, region):
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            if e164 not in stop and not is_dummy_phone(e164):
                found.setdefault(e164, Phone(e164, extension or number.extension or ""))
    return tuple(found.values())


def e164_list(raw: str, region: str = "RU", stop: Collection[str] = ()) -> list[str]:
    """The numbers of `parse_phones` as plain E.164 texts."""
    return [phone.e164 for phone in parse_phones(raw, region, stop)]


def phone_tail(query: str) -> str:
    """The digits of a search for a phone (a whole one or its end, at least four); "" when it isn't one.

    A Russian trunk 8 and the country's 7 are left out, since the store holds E.164.
    """
    digits = re.sub(r"[\s()+.-]", "", query)
    if not digits.isdigit() or len(digits) < 4:
        return ""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


def is_dummy_phone(e164: str) -> bool:
    """True for a number nobody has: its last seven digits are one digit, or it just counts up or down."""
    national = e164.lstrip("+")[-10:]
    return len(set(national[-7:])) == 1 or national in DUMMY_NATIONAL


def _phone_pieces(raw: str) -> Iterator[tuple[str, str]]:
    """Pieces of the field that hold a number, each with the extension written after it."""
    marked = _EXTENSION.sub(lambda match: f"\x00{match[1]}\x00", raw)
    for piece in _PHONE_SEPARATORS.split(marked):
        number, _, extension = piece.partition("\x00")
        if number.strip():
            yield number.strip(), extension.partition("\x00")[0]


def _numbers_in(piece: str, region: str) -> list[phonenumbers.PhoneNumber]:
    whole = _parse_valid(piece, region)
    if whole is not None:
        return [whole]
    found = [
        match.number for match in phonenumbers.PhoneNumberMatcher(piece, region, phonenumbers.Leniency.VALID)
    ]
    return found or _from_bare_digits(re.sub(r"\D", "", piece), region)


def _from_bare_digits(digits: str, region: str) -> list[phonenumbers.PhoneNumber]:
    """Digits without a plus: a foreign number, or two numbers run together."""
    if 11 <= len(digits) <= _LONGEST_E164:
        foreign = _parse_valid("+" + digits, region)
        return [foreign] if foreign is not None else []
    if len(digits) in {20, 22}:
        half = len(digits) // 2
        halves = [_parse_valid(digits[:half], region), _parse_valid(digits[half:], region)]
        return [number for number in halves if number is not None] if all(halves) else []
    return []


def _parse_valid(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None


# ---- e-mails


class EmailKind(StrEnum):
    """What an address is worth: only REAL may be a match key or receive letters."""

    REAL = "real"
    ALIAS = "alias"  # an agency's relay, another one for each booking
    DUMMY = "dummy"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Email:
    """An address in lower case (as written if INVALID) and what it is worth."""

    address: str
    kind: EmailKind


ALIAS_DOMAINS = frozenset(
    {
        "guest.booking.com",
        "guest.airbnb.com",
        "expediapartnercentral.com",
        "m.expediapartnercentral.com",
        "agoda-messaging.com",
        "property.booking.com",
    }
)
_DUMMY_LOCALS = frozenset(
    [
        "no",
        "none",
        "net",
        "nomail",
        "noemail",
        "no-email",
        "no_email",
        "no-mail",
        "noname",
        "test",
        "tests",
        "testing",
        "asd",
        "asdf",
        "qwe",
        "qwerty",
        "xxx",
        "xx",
        "zzz",
        "aaa",
        "abc",
        "123",
        "1234",
        "12345",
        "123456",
        "111",
        "000",
        "na",
        "n-a",
        "unknown",
        "anonymous",
        "absent",
        "otsutstvuet",
        "netu",
        "nety",
        "fake",
        "dummy",
        "example",
    ]
)
_DUMMY_DOMAINS = frozenset(
    [
        "example.com",
        "example.org",
        "example.net",
        "test.com",
        "test.ru",
        "test.test",
        "no.no",
        "no.ru",
        "none.com",
        "none.ru",
        "nomail.com",
        "nomail.ru",
        "noemail.com",
        "noemail.ru",
        "net.net",
        "nothing.com",
        "aaa.aa",
        "mail.mail",
        "1.ru",
        "1.com",
        "a.ru",
        "a.com",
    ]
)
_EMAIL_SEPARATORS = re.compile(r"[;\n\t|<>()\[\]\s\"]+|,(?!\s*(?:ru|com|net|org|by|kz)\b)|/(?=[^/]*@)")
_COMMA_IN_DOMAIN = re.compile(r"(@[\w.-]+),\s*(ru|com|net|org|by|kz)\b", re.IGNORECASE)
_LOOKALIKES = str.maketrans("аеорсухкмтвнАЕОРСУХКМТВН", "aeopcyxkmtbhAEOPCYXKMTBH")


def parse_emails(
    raw: str, stop: Collection[str] = (), alias_domains: Collection[str] = ALIAS_DOMAINS
) -> tuple[Email, ...]:
    """Every address of a field, classified, in order and without repeats.

    `stop` holds addresses (lower case) that count as dummies: the hotel's own, an agency's.
    """
    mended = _COMMA_IN_DOMAIN.sub(r"\1.\2", raw)
    found: dict[str, Email] = {}
    for piece in _EMAIL_SEPARATORS.split(mended):
        text = piece.strip(".,:;'").removeprefix("mailto:")
        if text:
            email = classify_email(text, stop, alias_domains)
            found.setdefault(email.address, email)
    return tuple(found.values())


def classify_email(
    text: str, stop: Collection[str] = (), alias_domains: Collection[str] = ALIAS_DOMAINS
) -> Email:
    """One address: normalised and judged. Nothing is asked over the network."""
    address = _latin_letters(text.strip()).lower()
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        return Email(text.strip(), EmailKind.INVALID)
    if _in_domains(domain, alias_domains):
        return Email(address, EmailKind.ALIAS)
    if address in stop or local in _DUMMY_LOCALS or domain in _DUMMY_DOMAINS or _one_letter(local):
        return Email(address, EmailKind.DUMMY)
    try:
        valid = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return Email(text.strip(), EmailKind.INVALID)
    return Email(valid.normalized.lower(), EmailKind.REAL)


def _latin_letters(text: str) -> str:
    """Cyrillic look-alikes typed among Latin letters become Latin; a wholly Cyrillic address stays."""
    return text.translate(_LOOKALIKES) if re.search(r"[A-Za-z]", text) else text


def _in_domains(domain: str, domains: Collection[str]) -> bool:
    return any(domain == known or domain.endswith("." + known) for known in domains)


def _one_letter(local: str) -> bool:
    return len(set(local)) == 1 and len(local) > 1


# ---- names

_TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "г-н", "г-жа", "господин", "госпожа"]
)
_FOLDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"[^a-z ]", ""),
        (r"shch|sch|sh", "w"),  # щ and ш: Shcherbakov, Scherbakov, Sherbakov
        (r"kh", "h"),
        (r"ph", "f"),
        (r"ts|tz|tc", "c"),
        (r"x", "ks"),
        (r"ck", "k"),
        (r"[ijy]+o", "e"),  # Fyodor, Фёдор
        (r"[ijy]+(?=[aeu])", ""),  # Yuliya, Iuliia, Julia
        (r"[ijy]+", "i"),  # Dmitry, Dmitrii, Dmitriy
        (r"(.)\1+", r"\1"),
    )
)


def name_key(*names: str) -> str:
    """One key for all spellings of a name: Cyrillic or Latin, any order, any transliteration.

    `name_key("Щербакова", "Юлия") == name_key("IULIIA SHCHERBAKOVA")`. Equal keys make candidates,
    never a match by themselves. Empty if nothing is left of the name.
    """
    joined = " ".join(names).lower().replace("ё", "е")
    words = [
        word.strip(".") for word in re.split(r"[\s,\-–]+", joined.replace("г-н", "").replace("г-жа", ""))
    ]
    latin = [_ascii(iuliia.ICAO_DOC_9303.translate(word)) for word in words if word and word not in _TITLES]
    return " ".join(sorted(filter(None, (_folded(word) for word in latin))))


def _ascii(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()


def _folded(word: str) -> str:
    for pattern, replacement in _FOLDS:
        word = pattern.sub(replacement, word)
    return word


def display_name(last_name: str, first_name: str = "", middle_name: str = "") -> str:
    """«Фамилия Имя Отчество» with one space between; names typed all in capitals or small get a capital."""
    parts = (_cased(" ".join(part.split())) for part in (last_name, first_name, middle_name))
    return " ".join(filter(None, parts))


def _cased(text: str) -> str:
    if text != text.upper() and text != text.lower():
        return text
    return re.sub(r"[^\W\d_]+", lambda match: match[0][:1].upper() + match[0][1:].lower(), text)
