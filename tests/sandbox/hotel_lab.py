"""What the hotel's tests share."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def slept(hotel):
    """(room, night) → who slept there, by reservations that don't share."""
    beds = {}
    for stay in hotel.reservations.values():
        if stay.checked_in is None or stay.origin in ("pseudo", "account", "sharer"):
            continue
        for offset in range(max(1, stay.nights)):
            night = stay.arrival + timedelta(days=offset)
            if night <= hotel.business_date:
                beds.setdefault((stay.room_on(night)[0], night), []).append(stay.id)
    return beds
