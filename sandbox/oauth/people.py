"""The people of a portal of the cloud: the demo's six, and as many more as were asked for."""

from __future__ import annotations

from sandbox.portal.people import add_user, users
from sandbox.portal.seed import PEOPLE, seed
from sandbox.portal.state import Portal

FIRST = ("Алексей", "Борис", "Виктор", "Глеб", "Денис", "Егор", "Захар", "Илья", "Кирилл", "Лев")
LAST = ("Абрамов", "Белов", "Власов", "Громов", "Дьяков", "Ежов", "Жданов", "Зуев", "Козлов", "Лосев")


def fill(portal: Portal, count: int) -> None:
    """At least the demo's people, so that every portal has an administrator; a second call changes nothing."""
    seed(portal)
    for number in range(len(users(portal)), max(count, len(PEOPLE))):
        add_user(
            portal,
            first_name=FIRST[number % len(FIRST)],
            last_name=LAST[number // len(FIRST) % len(LAST)],
            position="Сотрудник",
            email=f"user{number + 1}@hotel.example",
            department_id=3,
        )
