"""Every page × every role: who opens it, who is told that it isn't his; and what a forged form comes to."""

from pathlib import Path

import pytest

from domain.people import Role

DOCS = Path(__file__).parents[3] / "docs"
SEEN_BY = (Role.MANAGER, Role.SUPPORT, Role.STAFF)

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


def printed(pages):
    """The table of `docs/roles.md`; pages of a CRM item are asked of the CRM itself."""
    lines = ["| page | " + " | ".join(["admin", *SEEN_BY]) + " |", "|---" * (len(SEEN_BY) + 2) + "|"]
    for page in pages:
        if not getattr(page, "of_item", False):
            cells = ["yes", *("yes" if role in page.roles else "–" for role in SEEN_BY)]
            lines.append(f"| `{page.path}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


async def test_the_docs_have_the_table_that_acts(rooms):
    assert printed(rooms.pages) in (DOCS / "roles.md").read_text(encoding="utf-8")


async def test_no_page_is_open_to_who_isnt_in_the_table(rooms):
    """Every GET and POST of every page, as staff and without a session, whatever is in its path."""
    staff, nobody = await rooms.visitor("5"), await rooms.visitor("5")
    nobody.token = ""
    for page in rooms.pages:
        path = page.path.format(code="GRAND", door="0", id="1", run="31", token="1", endpoint="1", number="1")
        for visitor, refused in ((staff, 403), (nobody, 401)):
            if page.show is not None:
                assert (await visitor.gets(path)).status == refused, path
            if page.send is not None:
                assert (await visitor.posts(path, [("do", "save")])).status == refused, path
