"""The demo hotel's people and departments."""

from __future__ import annotations

from sandbox.portal.people import add_department, add_user, users
from sandbox.portal.state import Portal

DEPARTMENTS = ((1, "Администрация", 4), (2, "ИТ", 1), (3, "Служба приёма", 5))
PEOPLE = (
    (1, "Анна", "Волкова", "F", "Системный администратор", "anna.volkova", 2, True),
    (2, "Пётр", "Ким", "M", "Специалист поддержки", "petr.kim", 2, False),
    (3, "Дарья", "Лебедева", "F", "Специалист поддержки", "darya.lebedeva", 2, False),
    (4, "Марина", "Соколова", "F", "Управляющая", "marina.sokolova", 1, False),
    (5, "Ольга", "Иванова", "F", "Администратор службы приёма", "olga.ivanova", 3, False),
    (6, "Игорь", "Смирнов", "M", "Ночной администратор", "igor.smirnov", 3, False),
)


def seed(portal: Portal) -> None:
    """Put the demo people in, unless this portal already has people; a second call changes nothing."""
    if len(users(portal)):
        return
    for department_id, name, head in DEPARTMENTS:
        add_department(portal, department_id, name, parent=None if department_id == 1 else 1, head=head)
    for user_id, first, last, gender, position, login, department_id, is_admin in PEOPLE:
        add_user(
            portal,
            user_id,
            first_name=first,
            last_name=last,
            gender=gender,
            position=position,
            email=f"{login}@hotel.example",
            department_id=department_id,
            is_admin=is_admin,
        )
