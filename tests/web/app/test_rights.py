"""Every page × every role: who opens it, who is told that it isn't his; and what a forged form comes to."""

import pytest

PAGES = {
    "schedules": "admin", "schedules/GRAND": "admin", "support": "admin", "levels": "admin", "people": "admin",
    "people/new": "admin", "chats": "admin", "privacy": "admin", "sites": "admin", "consent": "admin",
    "journal": "admin", "journal/file": "admin", "deeds": "admin", "calls": "desk", "templates": "support",
    "templates/new": "support", "deliveries": "support", "syncs": "desk", "syncs/GRAND": "desk",
    "syncs/GRAND/failures": "desk", "licence": "manager",
}  # fmt: skip
WHO = {"admin": {"1"}, "support": {"1", "2"}, "desk": {"1", "2", "4"}, "manager": {"1", "4"}}


@pytest.mark.parametrize("user_id", ["1", "2", "4", "5"])
async def test_every_page_by_every_role(rooms, user_id):
    visitor = await rooms.visitor(user_id)
    for path, who in PAGES.items():
        page = await visitor.gets(path)
        wanted = 200 if user_id in WHO[who] else 403
        assert page.status == wanted, (path, page.status, page.words[:300])


async def test_nobody_comes_in_without_a_session(rooms):
    visitor = await rooms.admin()
    visitor.token = ""
    for path in PAGES:
        assert (await visitor.gets(path)).status == 401, path
