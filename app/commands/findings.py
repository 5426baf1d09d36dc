"""What the doctor says about one part."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: fine, or what is wrong and what to do."""

    part: str
    ok: bool
    detail: str = ""
    remedy: str = ""
    unreachable: bool = False
