"""Finding a guest by whatever is known of him: first as typed, then as begun, then as mistyped; never by a scan."""

from collections.abc import Mapping, Sequence
from datetime import date

from domain.guest_search import Question, Term, begun, plain, read, relaid, relevance, respelled
from domain.guest_words import GIVEN_NAMES, slips, sound, sounds_of
from storage import guest_search, guest_spellings
from storage.database import Tx
from storage.guest_search import Found
from storage.guest_spellings import Nearby

EXACT, OTHERWISE, BEGUN, NEAR = 3.0, 2.8, 2.0, 1.5
FIRMS_FOLLOWED = 5
MOST_LEFT = 3
"""Of longer questions no word is left out one by one."""


async def find_guests(tx: Tx, hotel_id: int, text: str, today: date, limit: int) -> list[Found]:
    """Guests of a hotel whom the question fits, best first; a firm is followed by who stays on its account."""
    asked = read(text)
    found = await guest_search.find(tx, hotel_id, asked, today)
    if asked.terms and (not found or _may_be_begun(asked, found, limit)):
        asked, more = await _freely(tx, hotel_id, text, asked, today, begun_only=bool(found))
        found = _joined(found, more)
    ordered = sorted(found, key=lambda one: _place(asked, one, today))[:limit]
    return await _with_firms(tx, hotel_id, ordered, today, limit)


def is_near(text: str, one: Found) -> bool:
    """Whether a guest only resembles what was asked for: neither as typed, nor in the other layout, nor begun so."""
    asked = [question for question in (read(text), relaid(text)) if question and question.terms]
    return bool(asked) and max(_fit(question, one) for question in asked) < BEGUN and not one.is_firm


def _may_be_begun(question: Question, found: Sequence[Found], limit: int) -> bool:
    """One name, and room for those it is only the beginning of."""
    return len(question.terms) == 1 and bool(question.terms[0].name) and len(found) < limit


async def _freely(
    tx: Tx, hotel_id: int, text: str, question: Question, today: date, *, begun_only: bool
) -> tuple[Question, list[Found]]:
    """Through the words the hotel knows: the other layout, beginnings, slips; then without a word it doesn't know.

    Beginnings are turned into whole words before the index is asked: it is quick with words, not with beginnings.
    """
    other = None if begun_only else relaid(text)
    names = [term.name for one in (question, other) if one for term in one.terms if term.name]
    near = await guest_spellings.nearby(tx, hotel_id, list(dict.fromkeys(names)))
    for asked in filter(None, (other if _all_known(other, near) else None, question, other)):
        if not any(term.name for term in asked.terms):
            found = await guest_search.find(tx, hotel_id, begun(asked), today)
        else:
            asked = respelled(asked, [_meant(term, near, begun_only=begun_only) for term in asked.terms])  # noqa: PLW2901
            found = await guest_search.find(tx, hotel_id, asked, today)
            found = found or await _without_one(tx, hotel_id, asked, near, today)
        if found or begun_only:
            return asked, found
    return question, []


def _all_known(question: Question | None, near: Mapping[str, Nearby]) -> bool:
    names = [term.name for term in question.terms if term.name] if question else []
    return bool(names) and all(near[name].known for name in names)


def _meant(term: Term, near: Mapping[str, Nearby], *, begun_only: bool) -> Sequence[str]:
    known = near.get(term.name)
    if known is None:
        return ()
    return known.begun if begun_only else (*known.begun, *known.near)


async def _without_one(
    tx: Tx, hotel_id: int, question: Question, near: Mapping[str, Nearby], today: date
) -> list[Found]:
    """One word of several is nobody's: those whom the others fit. A given name alone would be half the hotel."""
    found: list[Found] = []
    strange = [term for term in question.terms if term.name and not _meant(term, near, begun_only=False)
               and not near[term.name].known]  # fmt: skip
    for left_out in strange or question.terms:
        rest = tuple(term for term in question.terms if term is not left_out)
        if rest and len(rest) <= MOST_LEFT and not all(term.name in GIVEN_NAMES for term in rest):
            found = _joined(
                found, await guest_search.find(tx, hotel_id, Question(rest, question.hints), today)
            )
    return found


async def _with_firms(tx: Tx, hotel_id: int, found: list[Found], today: date, limit: int) -> list[Found]:
    firms = [plain(one.profile_id) for one in found if one.is_firm and one.profile_id][:FIRMS_FOLLOWED]
    if not firms:
        return found
    return _joined(found, await guest_search.of_firms(tx, hotel_id, firms, today))[:limit]


def _joined(found: Sequence[Found], more: Sequence[Found]) -> list[Found]:
    """Both, each guest once."""
    known = {_key(one) for one in found}
    return [*found, *(one for one in more if _key(one) not in known)]


def _key(one: Found) -> str:
    return one.profile_id or (one.stay.reservation_id if one.stay else "")


# --- which one is meant ---------------------------------------------------------------------------------------


def _names(one: Found) -> list[str]:
    profile, stay = one.profile, one.stay
    texts = [profile.last_name, profile.first_name, profile.company_name, profile.name2] if profile else []
    return sounds_of(*texts, *((stay.guest_name, stay.group) if stay else ()))


def _place(question: Question, one: Found, today: date) -> tuple[float, tuple[int, int], str]:
    """Sorts: how exactly the words fit, then how likely the stay is asked about."""
    return -round(_fit(question, one), 1), relevance(one.stay, today), _key(one)


def _fit(question: Question, one: Found) -> float:
    """From 0 to 3 and a little more: the mean over the question's words, hints and the last name counted in."""
    own = _names(one)
    scores = [_word_fits(term, own) for term in question.terms]
    extra = 0.2 * sum(any(word.startswith(hint) for word in own) for hint in question.hints)
    last = sound(one.profile.last_name) if one.profile and one.profile.last_name else (own[0] if own else "")
    extra += 0.1 * any(term.name == last for term in question.terms)
    return sum(scores) / max(len(scores), 1) + extra


def _word_fits(term: Term, own: Sequence[str]) -> float:
    if not term.name:
        return EXACT
    if term.name in own:
        return EXACT
    if any(one.value in own for one in term.any_of[1:] if not one.prefix) and not _near(term.name, own):
        return OTHERWISE
    return max((_nearness(term.name, word) for word in own), default=0.0)


def _near(name: str, own: Sequence[str]) -> bool:
    return any(slips(name, word) <= 2 for word in own)


def _nearness(name: str, word: str) -> float:
    """BEGUN for a beginning, NEAR less a part for each slip, down to nothing."""
    if word.startswith(name):
        return BEGUN + 0.5 * len(name) / len(word)
    return max(NEAR - slips(name, word) / max(len(name), len(word)) * 2, 0.0)
