"""What one unit says: does it complain, ask, wish, or only tell more about what was said before."""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.problems import words
from domain.problems.units import Unit


class Claim(StrEnum):
    """A unit that could stand as a request of its own, or none."""

    NONE = ""
    FAILURE = "failure"
    QUESTION = "question"
    WISH = "wish"


@dataclass(frozen=True, slots=True)
class Reading:
    """A unit with what the rules see in it. `norm` is the unit's text without its greeting."""

    unit: Unit
    norm: str
    claim: Claim
    areas: frozenset[str]
    strong: bool  # opens with words that announce another matter
    weak: bool  # opens with и, также, also: another matter or more of the same
    supports: bool  # tells what was tried, what follows, what it leans on
    filler: bool  # greeting, thanks, a plea to look into it
    announces: bool  # «накопилось несколько вопросов»
    total: bool  # one failure that takes everything with it


def read(unit: Unit) -> Reading:
    """Read one unit by the vocabulary."""
    norm = without_greeting(unit.norm)
    strong = bool(words.STRONG.search(norm)) and not words.NOT_STRONG.search(norm)
    weak = bool(words.WEAK.search(norm)) and not words.NOT_STRONG.search(norm)
    core = without_opening(norm) if strong or weak else norm
    tried = bool(words.TRIED.search(core))
    filler = not norm.strip(" ,.!") or bool(words.CLOSING.search(norm) and not strong)
    claim = Claim.NONE if filler or tried else claim_of(core)
    return Reading(
        unit,
        norm,
        claim,
        areas_of(core),
        strong,
        weak,
        tried or _leans_back(core, claim),
        filler,
        bool(words.ANNOUNCED.search(norm)),
        bool(words.TOTAL.search(norm)),
    )


def claim_of(norm: str) -> Claim:
    """The kind of claim a text makes; a question about a failure counts as a question."""
    if words.WISH.search(norm) and not norm.rstrip(" \"'»)").endswith("?"):
        return Claim.WISH
    if words.QUESTION.search(norm):
        return Claim.QUESTION
    return Claim.FAILURE if words.FAILURE.search(norm) else Claim.NONE


def areas_of(norm: str) -> frozenset[str]:
    """The hotel's and portal's things a text names."""
    return frozenset(name for name, pattern in words.AREAS.items() if pattern.search(norm))


def without_greeting(norm: str) -> str:
    """The text after «Добрый день, коллеги!»; empty if there is nothing else."""
    while True:
        match = words.GREETING.search(norm)
        if match is None or match.end() == 0:
            return norm
        norm = norm[match.end() :].lstrip(" ,.!;:—–-")


_OPENING_WORDS = re.compile(
    r"^(?:(?:да|и|а|ну|вот|еще|также|тоже|плюс|кстати|заодно|отдельно|вдобавок|опять же|and|also|besides|separately|plus|"
    r"by the way|btw|in addition|additionally|moreover|furthermore|p\.?\s?s|"
    r"к (?:этому|тому|всему)(?: же)?|ко всему|кроме (?:того|этого)|помимо (?:того|этого)|that|во-?\s?первых|во-?\s?вторых|"
    r"в-?\s?третьих|в-?\s?четвертых|(?:и )?последнее|first|second|third|secondly|thirdly|finally|"
    r"(?:один|одна|одно|одну|такой|такая|перв\w{2}|втор\w{2}|трет\w{2}|друг\w{2,3}|отдельн\w{2}|следующ\w{2})(?:\s+"
    r"(?:вопрос|проблема|момент|просьба|беда|пункт|пунктом|тема))?|"
    r"(?:one more|another) (?:thing|question|issue|problem|request|point)|вопрос|просьба|проблема|момент)"
    r"(?![а-яa-z-])[\s,.:;—–-]*)+"
)


def without_opening(norm: str) -> str:
    """The text after «И ещё:», «Кроме того,», «Second,»."""
    match = _OPENING_WORDS.match(norm)
    return norm[match.end() :] if match else norm


_FIRST_WORDS = 4


def _leans_back(core: str, claim: Claim) -> bool:
    """True if the unit can't be understood, or doesn't want to be, without the one before it."""
    if words.CONSEQUENCE.search(core) or words.REACTION.search(core):
        return True
    head = " ".join(re.findall(r"[\w'-]+", core)[:_FIRST_WORDS])
    if words.ANAPHORA.search(head):
        return True
    return claim is not Claim.FAILURE and bool(words.ANAPHORA.search(core))
