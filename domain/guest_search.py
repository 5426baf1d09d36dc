"""What a guest is found by: the tokens a profile or stay is indexed under, and a question read into the same tokens.

Both engines index the very same tokens, so a search means the same on SQLite and PostgreSQL. A token is the hotel's
number, a letter for its class and a value of letters and digits: ``12nivanov``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.contacts import phone_tail
from domain.guest_words import in_other_layout, is_patronymic, sound, sounds_of, spellings, words_of
from domain.guests import Profile
from domain.stays import Stay, StayState

NAME, PHONE, EMAIL, NUMBER, ROOM, FIRM, FLAG = "npermcz"
IN_HOUSE, EXPECTED = "l", "x"
LIVING = {StayState.IN_HOUSE: IN_HOUSE, StayState.CONFIRMED: EXPECTED, StayState.TENTATIVE: EXPECTED}
LONGEST_VALUE = 60
SHORTEST_TAIL = 4
SHORTEST_PREFIX = 2
MOST_TERMS = 8
_PLAIN = re.compile(r"[^\w]|_")


def token(hotel_id: int, kind: str, value: str) -> str:
    """One token of one hotel."""
    return f"{hotel_id}{kind}{value[:LONGEST_VALUE]}"


def plain(text: str) -> str:
    """A number or an address as letters and digits only, in small letters."""
    return _PLAIN.sub("", text).lower()


def profile_tokens(hotel_id: int, profile: Profile, phones: Iterable[str], emails: Iterable[str]) -> str:
    """What a profile is found by; "" when it is gone. ``phones`` in E.164, ``emails`` in lower case."""
    if profile.merged_into or profile.deleted or profile.anonymised:
        return ""
    names = (profile.last_name, profile.first_name, profile.company_name, profile.name2)
    values = [(NAME, key) for key in sounds_of(*names)]
    values += [(PHONE, plain(number)[::-1]) for number in phones]
    values += [(EMAIL, plain(address)) for address in emails]
    values.append((NUMBER, plain(profile.profile_id)))
    return _joined(hotel_id, values)


def stay_tokens(hotel_id: int, stay: Stay) -> str:
    """What a stay is found by: its guest's name, numbers, group and firms, and while it lives its room and state.

    "" for accounts and rooms that exist on paper only.
    """
    if stay.financial_account or stay.pseudo_room:
        return ""
    values = [(NAME, key) for key in (*sounds_of(stay.guest_name, stay.group), sound(plain(stay.group)))]
    values += [(NUMBER, plain(number)) for number in (stay.reservation_id, stay.confirmation)]
    values += [(FIRM, plain(firm)) for firm in (stay.company_id, stay.agent_id) if firm]
    if flag := LIVING.get(stay.state):
        values += [(FLAG, flag), (ROOM, plain(stay.room))]
    return _joined(hotel_id, values)


def _joined(hotel_id: int, values: Iterable[tuple[str, str]]) -> str:
    return " ".join(dict.fromkeys(token(hotel_id, kind, value) for kind, value in values if value))


# --- a question -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing a word of the question may be: a token's class and value, ``prefix``: or the beginning of one."""

    kind: str
    value: str
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the question and all it may be; ``name`` is its key where it may be a name."""

    word: str
    any_of: tuple[Alternative, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: each of ``terms`` has to fit; ``hints`` (initials, patronymics) only help to order."""

    terms: tuple[Term, ...]
    hints: tuple[str, ...] = ()


_LABELS = frozenset(
    "номер комната room № n тел телефон phone tel бронь бронирование reservation booking гость guest почта email".split()  # noqa: SIM905
)
_CHUNKS = re.compile(r"[\s,;]+")


def read(text: str) -> Question:
    """A question as typed. No terms: nothing one could search by."""
    whole = text.strip()
    chunks = [chunk for chunk in _CHUNKS.split(whole) if chunk and chunk.lower().strip(".:#") not in _LABELS]
    if tail := phone_tail(" ".join(chunks).lstrip("№#")):
        return Question((_number_term(whole, tail),))
    chunks, number = _spread_phone(chunks)
    terms = [number] if number else []
    hints = []
    for chunk in chunks:
        if "@" in chunk:
            terms.append(Term(chunk, (Alternative(EMAIL, plain(chunk), prefix=True),)))
        elif any(char.isdigit() for char in chunk):
            terms.append(_code_term(chunk))
        else:
            words = words_of(chunk)
            hints += [sound(word) for word in words if len(word) == 1]
            terms += [_name_term(word) for word in words if len(word) > 1 and sound(word)]
    names = [term for term in terms if term.name]
    if len(names) > 2:
        middle = [term for term in names if is_patronymic(term.word)]
        terms = [term for term in terms if term not in middle]
        hints += [term.name for term in middle]
    return Question(tuple(dict.fromkeys(terms))[:MOST_TERMS], tuple(hints))


def _spread_phone(chunks: list[str]) -> tuple[list[str], Term | None]:
    """A phone written with blanks beside a name: «Иванов 8 921 555 12 34»."""
    digits = [chunk for chunk in chunks if re.fullmatch(r"[+()\d.\-]*\d[()\d.\-]*", chunk)]
    if len(digits) < 2:
        return chunks, None
    tail = phone_tail(" ".join(digits))
    if not tail:
        return chunks, None
    return [chunk for chunk in chunks if chunk not in digits], _number_term(" ".join(digits), tail)


def _number_term(word: str, tail: str) -> Term:
    typed = plain(word)
    values = [
        Alternative(PHONE, tail[::-1], prefix=True),
        Alternative(NUMBER, typed),
        Alternative(NAME, typed),
    ]
    if len(typed) <= 5:
        values.append(Alternative(ROOM, typed))
    return Term(word, tuple(values))


def _code_term(chunk: str) -> Term:
    """Letters and digits: a number of a reservation, a room, a group's code, the end of a phone."""
    value = plain(chunk)
    values = [Alternative(NUMBER, value), Alternative(ROOM, value), Alternative(NAME, sound(chunk))]
    if tail := phone_tail(chunk):
        values.append(Alternative(PHONE, tail[::-1], prefix=True))
    return Term(chunk, tuple(values))


def _name_term(word: str) -> Term:
    """A word of a name; it may also be a number that has letters only."""
    key = sound(word)
    values = [Alternative(NAME, key), *(Alternative(NAME, other) for other in spellings(word))]
    return Term(word, tuple(values), key)


def begun(question: Question) -> Question:
    """The same with every name only begun: «ива» finds Ivanov."""
    terms = []
    for term in question.terms:
        more = [
            Alternative(one.kind, one.value, prefix=True)
            for one in term.any_of
            if one.kind == NAME and len(one.value) >= SHORTEST_PREFIX
        ]
        # A number typed up to its last digits.
        more += [
            Alternative(one.kind, one.value, prefix=True)
            for one in term.any_of
            if one.kind == NUMBER and len(one.value) >= SHORTEST_TAIL
        ]
        kept = [one for one in term.any_of if (one.kind, one.value) not in {(m.kind, m.value) for m in more}]
        terms.append(Term(term.word, (*kept, *more), term.name))
    return Question(tuple(terms), question.hints)


def relaid(text: str) -> Question | None:
    """The question struck in the other keyboard layout; None when that makes no words."""
    other = in_other_layout(text)
    question = read(other) if other else None
    return question if question and question.terms else None


def respelled(question: Question, neighbours: Sequence[Sequence[str]]) -> Question:
    """Each name as one of the words the hotel knows that sound nearly so (a list per term, empty for no name)."""
    terms = []
    for term, words in zip(question.terms, neighbours, strict=True):
        known = tuple(Alternative(NAME, word) for word in words)
        terms.append(Term(term.word, tuple(dict.fromkeys((*term.any_of, *known))), term.name))
    return Question(tuple(terms), question.hints)


# --- which guest is meant -------------------------------------------------------------------------------------

SOON = timedelta(days=30)
RECENT = timedelta(days=60)


def relevance(stay: Stay | None, today: date) -> tuple[int, int]:
    """How likely a stay is the one that is asked about: in house, arriving soon, just left, later, long ago, never."""
    if stay is None:
        return 6, 0
    match stay.state:
        case StayState.IN_HOUSE:
            return 0, (stay.departure - today).days
        case StayState.CONFIRMED | StayState.TENTATIVE:
            days = (stay.arrival - today).days
            return (1 if days <= SOON.days else 3), abs(days)
        case StayState.CHECKED_OUT:
            days = (today - stay.departure).days
            return (2 if days <= RECENT.days else 4), days
    return 5, abs((today - stay.arrival).days)
