"""What stands in GN is a site's setting: the surname alone, or the whole name in one of a few orders."""

from typing import Literal, get_args

NameFormat = Literal["last", "last first", "first last", "last, first", "last/first"]
NAME_FORMATS: tuple[str, ...] = get_args(NameFormat)
_TITLES = frozenset(
    "mr mrs ms miss mstr dr prof sir herr frau m mme mlle sr sra г-н г-жа господин госпожа".split()  # noqa: SIM905
)


def split_name(name: str, first: str, form: NameFormat) -> tuple[str, str, str]:
    """(last name, first name, title found in the name) of GN and GF. GF wins where it is given and GN is one word.

    "IVANOV/IVAN MR" is "last/first"; titles are taken off at either end of the whole name's forms.
    """
    name, first = " ".join(name.split()), " ".join(first.split())
    if form == "last":
        return name, first, ""
    words, title = _untitled(name)
    last, given = _parts(words, form)
    return last, given or first, title


def _parts(name: str, form: NameFormat) -> tuple[str, str]:
    if form in ("last, first", "last/first"):
        last, _, given = name.partition("," if form == "last, first" else "/")
        return last.strip(), given.strip()
    if form == "last first":
        last, _, given = name.partition(" ")
        return last, given
    given, _, last = name.rpartition(" ")
    return last, given


def _untitled(name: str) -> tuple[str, str]:
    words = name.split()
    for index in (-1, 0):
        if len(words) > 1 and words[index].rstrip(".,").casefold() in _TITLES:
            title = words.pop(index).rstrip(".,")
            return " ".join(words).rstrip(","), title
    return name, ""
