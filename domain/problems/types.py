"""The regulation's four types, guessed from the words of a description."""

import re

from domain.problems import words
from domain.problems.claims import Claim, Reading, read, without_greeting
from domain.problems.units import cut, normal
from domain.requests import RequestType

# «Проблема» of the regulation: the work has stopped or the whole thing is unusable, for many.
_STOPPED = re.compile(
    r"невозможно работать|не можем работать|работать не можем|работа (?:встала|стоит|парализ)|стойка стоит|"
    r"(?:полностью|совсем|вообще) (?:встал|упал|не работ|лег|лежит|пусто)|\bавари|все (?:пропало|встало|упало|лежит)|"
    r"не работает (?:ничего|вообще|совсем)|ничего не работает|ни у кого (?:ничего )?не|у всех (?:не|пропал|завис)|"
    r"упал[аи]? (?:телефони|сервер|портал|фидели|fidelio|битрикс)|сервер \w+ [^.]*не запуск|ни одна? |ни одной |"
    r"у (?:других|остальных) [^.]* (?:так же|то же)|весь отель|всего отдела|"
    r"nothing (?:at all|works)|(?:sync|system|server|everything|portal|bot) (?:has been|is|went) (?:completely )?down|"
    r"(?:whole|entire) \w+(?: \w+)? (?:is|are) (?:blocked|stopped)|can't work|cannot work|nobody can"
)
_IMPROVEMENT = re.compile(
    r"хотелось бы, чтобы|хотим(?:,? чтобы| видеть| получать)|было бы (?:очень )?(?:удобно|здорово|хорошо|неплохо|полезно)|хорошо бы|предлага|есть идея|доработ|улучш|"
    r"(?:просим|прошу|добавьте|добавить|сделать)[^.]{0,25} (?:возможность|функци|команд|колонк|пол[ея]|кнопк|отчет)|"
    r"просим добавить|прошу добавить|нужна возможность|можно ли сделать|прошу сделать так|сделать так, чтобы|"
    r"планируется ли|интеграци\w+ с \w+\?|would be (?:great|nice)|would like|feature|please add|could you add|improve|suggest"
)
_ASKS = re.compile(
    r"^(?:не могу (?:разобраться|понять),? (?:чем|как|где|что|какой)|подскажите|скажите|как |где |сколько |кто |можно ли|а можно|есть ли|хочу узнать|хотим узнать|интересует|нужна консультация)|"
    r"\b(?:подскажите|объясните|поясните|консультаци|инструкци|хотелось бы (?:узнать|понять)|не могу разобраться|"
    r"что для этого (?:надо|нужно)|нужно подключить|доступ для|how (?:can|do|to)|could you explain|where can)"
)


def propose_type(text: str) -> RequestType:
    """The likeliest type; incident when nothing speaks for another. The person chooses."""
    readings = [reading for reading in map(read, cut(text)) if not reading.filler]
    norm = " ".join(without_greeting(reading.norm) for reading in readings) or normal(text)
    failures = [reading for reading in readings if _is_failure(reading)]
    if failures and _STOPPED.search(norm):
        return RequestType.PROBLEM
    first = readings[0] if readings else None
    if _IMPROVEMENT.search(norm) and (first is None or not _is_plain_failure(first)):
        return RequestType.DEVELOPMENT
    if first is not None and _ASKS.search(norm) and not _is_plain_failure(first):
        return RequestType.SERVICE
    if not failures and any(reading.claim in {Claim.QUESTION, Claim.WISH} for reading in readings):
        return RequestType.SERVICE
    return RequestType.INCIDENT


def _is_failure(reading: Reading) -> bool:
    return bool(words.FAILURE.search(reading.norm))


def _is_plain_failure(reading: Reading) -> bool:
    """A complaint told as a fact: neither a wish nor a question of the how-to kind."""
    if reading.claim is Claim.QUESTION:
        return bool(re.search(r"\bпочему\b|\bwhy\b|что делать", reading.norm)) and _is_failure(reading)
    return reading.claim is Claim.FAILURE
