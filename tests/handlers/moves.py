"""The table of moves as decision 10 words it, written down a second time by hand."""

from domain.requests import Part

REQUESTER, SUPPORT, REPRESENTATIVE = Part.REQUESTER, Part.SUPPORT, Part.REPRESENTATIVE
OPEN = ("registered", "in_progress", "waiting", "answered", "completed")
TABLE = {
    ("registered", "take"): ({SUPPORT}, "in_progress"),
    **{(at, "ask"): ({SUPPORT}, "waiting") for at in ("registered", "in_progress")},
    **{(at, "offer"): ({SUPPORT}, "waiting") for at in ("registered", "in_progress")},
    ("waiting", "reply"): ({REQUESTER}, "in_progress"),
    ("waiting", "choose"): ({REQUESTER}, "in_progress"),
    **{(at, "answer"): ({SUPPORT}, "answered") for at in ("registered", "in_progress")},
    ("answered", "confirm"): ({REQUESTER}, "completed"),
    ("answered", "object"): ({REQUESTER}, "in_progress"),
    ("completed", "close"): ({REPRESENTATIVE}, "closed"),
    ("completed", "object"): ({REQUESTER, REPRESENTATIVE}, "in_progress"),
    **{(at, "withdraw"): ({REQUESTER}, "closed") for at in OPEN},
    **{(at, "not_needed"): ({SUPPORT}, "closed") for at in OPEN},
    **{(at, "merge"): ({SUPPORT}, "closed") for at in OPEN},
    ("closed", "reopen"): ({REQUESTER}, "in_progress"),
}
ACTORS = {REQUESTER: "5", SUPPORT: "2", REPRESENTATIVE: "4"}
