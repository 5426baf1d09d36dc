"""A subject from a description: the essence in one short line, in the person's own words."""

import re

from domain.problems import words
from domain.problems.claims import Claim, Reading, read, without_greeting, without_opening
from domain.problems.units import Mark, cut, normal

MAX_SUBJECT = 80
_WORTH = {Claim.FAILURE: 3, Claim.QUESTION: 2, Claim.WISH: 2, Claim.NONE: 0}

_POLITE = re.compile(
    r"(?:,\s*)?\b(?:пожалуйста|будьте добры|если можно|по возможности|заранее спасибо|please|kindly)\b(?:,(?=\s))?",
    re.IGNORECASE,
)
_LEAD_INS = re.compile(
    r"^(?:(?:у нас|у меня|у нас тут|сегодня|вчера|опять|снова|вот уже|такая (?:проблема|ситуация)|ситуация следующая|"
    r"проблема(?: такая| следующая)?|вопрос(?: такой| следующий)?|описание|суть|тема|(?:при \w+ \w+ )?обнаружили(?:,? что)?|что делать|как быть|"
    r"заметили(?:,? что)?|сообщаю(?:,? что)?|хочу сообщить(?:,? что)?|хотел\w? (?:бы )?(?:узнать|спросить)|"
    r"подскажите|скажите|помогите|прошу (?:помочь|разобраться|проверить)|просим (?:проверить|разобраться)|проверьте|"
    r"с утра|с самого утра|сейчас|также|опять же|дело в том,? что|получается,? что|"
    r"можно ли узнать|хочу узнать|could you (?:please )?(?:check|explain|tell(?: me| us)?)|i would like to know|"
    r"we have (?:a problem|an issue) with|problem|issue|description|since this morning|it would be (?:great|nice) if)"
    r"(?![а-яёa-z])[\s,.:;!—–-]*)+",
    re.IGNORECASE,
)
_EMPTY_TALK = re.compile(
    r"^пишу (?:второй|повторно|еще раз)|^(?:\w+ )?нужна (?:помощь|консультация)\W*$|^ситуация"
)
_TAIL = re.compile(r"[\s,.;:!—–-]+$")
_CLAUSE_END = re.compile(
    r"[,;:]\s(?!котор|что\b|чтобы|если|где\b|which|that|who)|\s[—–-]\s|\s\(|\s(?:хотя|потому что|так как|поскольку|because|although|while)\s"
)


def propose_subject(text: str) -> str:
    """A subject of at most 80 characters: the first sentence that complains, asks or wishes, trimmed.

    Empty for an empty text; the person's own words otherwise, never invented ones.
    """
    best = _best_sentence([read(unit) for unit in cut(text)])
    if best is None:
        return _shortened(" ".join(text.split()))
    sentence = text[best.unit.body : best.unit.end]
    norm = normal(sentence)
    own = without_greeting(norm)
    own = without_opening(own) or own
    return _shortened(_polished(sentence[len(sentence) - len(own) :]))


def _best_sentence(readings: list[Reading]) -> Reading | None:
    """The first weighty sentence; an earlier one wins unless a later one says clearly more."""
    best, best_score = None, float("-inf")
    told = [r for r in readings if not r.filler and not r.announces and r.norm.strip(" .,!:;—-")]
    for place, reading in enumerate(told or readings):
        if reading.unit.mark is not Mark.NONE and words.STEP_ITEM.search(reading.norm):
            continue
        score = (
            _WORTH[reading.claim]
            - 0.6 * place
            - (2 if reading.supports else 0)
            - (2 if reading.announces else 0)
        )
        score += 0.5 if reading.areas else 0
        score -= 1.5 if len(reading.norm.split()) < 3 else 0
        score -= 3 if _EMPTY_TALK.search(reading.norm) else 0
        if score > best_score:
            best, best_score = reading, score
    return best


def _polished(sentence: str) -> str:
    """Without pleas, lead-ins and quoted tails."""
    flat = " ".join(_POLITE.sub("", sentence).split()).lstrip(" ,.!;:—–-")
    stripped = _LEAD_INS.sub("", flat)
    kept = stripped if len(stripped.split()) >= 2 else flat
    return kept[:1].upper() + kept[1:]


def _shortened(sentence: str) -> str:
    """At most MAX_SUBJECT characters: cut at a clause, else at a word, with an ellipsis."""
    question = sentence.rstrip().endswith("?")
    sentence = _TAIL.sub("", sentence)
    if len(sentence) <= MAX_SUBJECT:
        asked = question and not sentence.endswith("?") and len(sentence) < MAX_SUBJECT
        return sentence + "?" if asked else sentence
    clauses = [
        match.start() for match in _CLAUSE_END.finditer(sentence) if 25 <= match.start() <= MAX_SUBJECT
    ]
    if clauses:
        return _TAIL.sub("", sentence[: clauses[-1]])
    head = sentence[: MAX_SUBJECT - 1]
    return _TAIL.sub("", head.rsplit(" ", 1)[0] if " " in head else head) + "…"
