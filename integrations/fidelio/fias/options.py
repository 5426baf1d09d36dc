"""How one hotel's link is set up: everything a site agrees on with whoever runs its IFC8."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from integrations.fidelio.fias.codepages import ENCODINGS
from integrations.fidelio.fias.names import NAME_FORMATS, NameFormat

FAMILIES = frozenset({"CA", "DL", "EM", "MB", "MS", "PB", "PO", "VI", "VM", "WW"})
"""IF of LD. MS (miscellaneous, data retrieval) is the natural one for a CRM; the licence says which the hotel has."""
VERSION = "1.0"

STAY_TARGETS = frozenset(
    {"confirmation", "room_type", "adults", "children", "rate_code", "market", "source", "channel", "notes"}
)
PROFILE_TARGETS = frozenset({"phone", "email", "nationality", "city", "country", "gender", "membership"})
"""What an A-field may carry, besides ``extra.<name>`` of the stay. Passports have no target, on purpose."""
_EXTRA = re.compile(r"extra\.[a-z][a-z0-9_]{0,30}")


class BadOptions(ValueError):
    """A setting can't be used; the message names it."""


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds. ``alive_s`` is the pause before a silent link is asked with LS; FIAS wants five minutes at least."""

    connect_s: float = 10.0
    greeting_s: float = 3.0
    answer_s: float = 30.0
    alive_s: float = 300.0
    backoff_s: float = 1.0
    backoff_cap_s: float = 60.0
    displaced_s: float = 300.0
    displaced_cap_s: float = 1800.0
    short_s: float = 120.0
    """A session that the other end closes sooner than this, twice running, was taken over by another client."""
    farewell_s: float = 3.0


@dataclass(frozen=True, slots=True)
class Options:
    """One link. ``listen``: IFC8 connects to us, the address is what we bind to; ``peer`` then limits who may.

    ``fields`` maps A0-A9 to ``stay.…``, ``profile.…`` or ``extra.…``. ``move_window_s``: how long a check-out before
    the planned day waits for a GI of the same G# that would make it a move; 0 = not at all.
    ``resync``: ``auto`` asks for a swap at the first start and after an outage longer than ``outage_h``; ``never``.
    """

    host: str
    port: int
    listen: bool = False
    peer: str = ""
    encoding: str = "cp1251"
    timezone: str = "Europe/Moscow"
    family: str = "MS"
    fields: Mapping[str, str] = field(default_factory=dict)
    name_format: NameFormat = "last"
    room_status: bool = False
    move_window_s: float = 3.0
    resync: str = "auto"
    outage_h: float = 12.0
    timings: Timings = field(default_factory=Timings)

    def __post_init__(self) -> None:
        if self.encoding not in ENCODINGS:
            raise BadOptions(f"encoding: one of {', '.join(ENCODINGS)}")
        if self.family not in FAMILIES:
            raise BadOptions(f"family: one of {', '.join(sorted(FAMILIES))}")
        if self.name_format not in NAME_FORMATS:
            raise BadOptions(f"name_format: one of {', '.join(NAME_FORMATS)}")
        if self.resync not in ("auto", "never"):
            raise BadOptions("resync: auto or never")
        check_fields(self.fields)


def check_fields(fields: Mapping[str, str]) -> None:
    """BadOptions for a map of A-fields that can't be used."""
    for code, target in fields.items():
        if not re.fullmatch(r"A[0-9]", code):
            raise BadOptions(f"fields: {code!r} is none of A0 … A9")
        room, _, name = target.partition(".")
        known = (room == "stay" and name in STAY_TARGETS) or (room == "profile" and name in PROFILE_TARGETS)
        if not known and not _EXTRA.fullmatch(target):
            allowed = [f"stay.{n}" for n in sorted(STAY_TARGETS)]
            allowed += [f"profile.{n}" for n in sorted(PROFILE_TARGETS)]
            raise BadOptions(f"fields: {code} = {target!r}; use {', '.join(allowed)} or extra.some_name")


def read_url(url: str) -> tuple[str, int]:
    """(host, port) of ``tcp://host:port``. BadOptions."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as fault:
        raise BadOptions(f"url: {fault}") from fault
    if parts.scheme != "tcp" or not parts.hostname or not port or parts.path not in ("", "/"):
        raise BadOptions("url: must be tcp://host:port, for example tcp://10.0.0.5:5010")
    return parts.hostname, port
