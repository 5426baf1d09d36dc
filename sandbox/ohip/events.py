"""Business Events: a queue that reading empties, twenty at a time."""

from __future__ import annotations

from collections import deque
from typing import Any

from sandbox.hotel.house import HotelEvent

MOST = 20
KEPT = 10_000
"""Beyond that the oldest are dropped: nobody has ever read them."""
_ACTIONS = {
    "checkin": "CHECK IN", "checkout": "CHECK OUT", "move": "ROOM MOVE", "change": "UPDATE RESERVATION",
    "cancel": "CANCEL", "noshow": "NO SHOW", "reinstate": "REINSTATE", "booking": "NEW RESERVATION",
    "profile": "UPDATE PROFILE",
}  # fmt: skip


class Queue:
    """What waits for one external system."""

    def __init__(self) -> None:
        self._waiting: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._last = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: HotelEvent) -> None:
        """Something happened at the desk; postings and audits are none of the subscribed modules."""
        if event.kind not in _ACTIONS:
            return
        self._last += 1
        key = event.profile if event.kind == "profile" else event.guest_num
        self._waiting.append(
            {
                "businessEvent": {
                    "header": {
                        "moduleName": "Profile" if event.kind == "profile" else "Reservation",
                        "actionType": _ACTIONS[event.kind],
                        "actionId": self._last,
                        "primaryKey": str(key),
                        "createdDateTime": event.at.isoformat(timespec="seconds"),
                        "hotelId": "GRAND",
                    },
                    "details": [],
                },
                "businessEventId": {"type": "BusinessEvent", "id": str(self._last)},
            }
        )

    def read(self, limit: int) -> list[dict[str, Any]]:
        """The oldest ones, which are gone with this."""
        return [self._waiting.popleft() for _ in range(min(limit, MOST, len(self._waiting)))]
