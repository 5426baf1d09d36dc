"""The whole error policy: every failure has one of three fates.

    ConciergeError
    ├── Refused      tell the person; nothing was done
    ├── Temporary    try again later, perhaps after a delay
    │   └── Unclear  the other side may have done it: look before repeating
    └── Permanent    stop, keep the reason, tell the operator

``code`` is a key of the texts (``error-<code>``), ``params`` fill it; neither ever holds a secret.
"""

from collections.abc import Mapping


class ConciergeError(Exception):
    """A failure with a stable code. ``detail`` is for logs and operators, free of secrets and personal data."""

    def __init__(self, code: str, detail: str = "", **params: object) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.params: Mapping[str, object] = params


class Refused(ConciergeError):
    """The person asked for something that is not possible; the text of ``code`` says why and what is."""


class Temporary(ConciergeError):
    """The same call may succeed later. ``retry_after_s`` is the other side's own wish, if it told one."""

    def __init__(
        self, code: str, detail: str = "", *, retry_after_s: float | None = None, **params: object
    ) -> None:
        super().__init__(code, detail, **params)
        self.retry_after_s = retry_after_s


class Unclear(Temporary):
    """The outcome is unknown: the answer was lost after the call may have been executed."""


class Permanent(ConciergeError):
    """Repeating can't help: rights, configuration, a wrong value."""
