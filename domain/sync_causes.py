"""Why a record or a run failed, as few causes as people can act on; `docs/sync-errors.md` tells each and its remedy.

Codes of failures come from everywhere (the portal's own, ours, the PMS's rows); a cause is what they mean. Managers
read causes, the desk has one request per cause, and the next clean run of a cause closes it.
"""

from collections import Counter
from collections.abc import Mapping

CAUSES: Mapping[str, str] = {
    "pms-unreachable": "pms-unreachable",
    "pms-refused": "pms-refused",
    "pms-answer": "pms-answer",
    "pms-timeout": "pms-unreachable",
    "oracle-can-write": "oracle-can-write",
    "oracle-columns": "oracle-columns",
    "oracle-needs-thick": "oracle-client",
    "oracle-no-client": "oracle-client",
    "ohip-no-events": "ohip-no-events",
    "no-source": "no-source",
    "no-such-hotel": "no-source",
    "bitrix-unreachable": "portal-unreachable",
    "bitrix-unavailable": "portal-unavailable",
    "bitrix-unclear": "unclear",
    "bitrix-busy": "portal-busy",
    "bitrix-operating-limit": "portal-busy",
    "bitrix-halted": "portal-busy",
    "bitrix-overload-limit": "portal-blocked",
    "bitrix-insufficient-scope": "portal-refused",
    "bitrix-access-denied": "portal-refused",
    "bitrix-no-auth": "portal-webhook",
    "bitrix-webhook-url": "portal-webhook",
    "bitrix-moved": "portal-webhook",
    "bitrix-not-found": "crm-gone",
    "crm-deleted": "crm-deleted",
    "crm-layout": "crm-layout",
    "mapping-unknown": "mapping-unknown",
    "crm_field_error_value_not_valid": "crm-field",
    "crm_field_error_required": "crm-required",
    "database-unavailable": "database",
    "database-unusable": "database",
    "secret-keys-missing": "secret",
    "secret-unreadable": "secret",
    "stale-lease": "interrupted",
    "unclear": "unclear",
    "interrupted": "interrupted",
    "given-up": "given-up",
    "internal": "internal",
    "row-bad-date": "row-bad-date",
    "row-bad-number": "row-bad-number",
    "row-missing-id": "row-missing-id",
    "row-mojibake": "row-mojibake",
    "row-profile-missing": "row-profile-missing",
    "row-limit": "row-limit",
}
"""Cause by code, in lower case."""
_FAMILIES = {
    "crm_": "crm-field",
    "row-": "row-unreadable",
    "pms-": "pms-answer",
    **dict.fromkeys(("exports-", "fias-", "oxi-", "ohip-", "oracle-"), "door"),
    "bitrix-http-": "portal-webhook",
    "bitrix-": "portal-other",
}
OTHER = "other"
ALL = tuple(dict.fromkeys([*CAUSES.values(), *_FAMILIES.values(), OTHER]))
"""Every cause there is, each explained to people."""
PASSING = frozenset({"unclear", "portal-busy", "portal-unreachable", "portal-unavailable", "interrupted"})
"""What goes by itself: the next run tries again and nobody has to do anything."""


def cause_of(code: str | None) -> str:
    """The cause behind a code; ``other`` for one nobody knows."""
    folded = (code or "").casefold()
    family = next((cause for start, cause in _FAMILIES.items() if folded.startswith(start)), OTHER)
    return CAUSES.get(folded, family)


def by_cause(problems: Mapping[str, int]) -> Counter[str]:
    """How many records failed for each cause, from how many for each code."""
    found: Counter[str] = Counter()
    for code, count in problems.items():
        found[cause_of(code)] += count
    return found
