"""`/settings`: a link for an admin alone with the bot, and for nobody else."""

import re

from app.page_links import local_link, page_link
from handlers.settings.viewers import Viewers


async def test_an_admin_gets_a_link_that_opens_once(lab):
    lab.settings.service.public_url = "https://concierge.hotel.example/"
    lab.rewire()
    admin = lab.staff("1")
    await admin.writes("/settings")
    found = re.search(r"https://concierge\.hotel\.example/bitrix24/app\?link=([\w.-]+)", admin.last().text)
    assert found, admin.last().text
    viewers = Viewers(lab.scopes, lab.people)
    user = await viewers.follow_link(found[1])
    assert (user.user_id, user.is_admin) == (admin.user_id, True)


async def test_nobody_else_gets_one(lab):
    lab.settings.service.public_url = "https://concierge.hotel.example/"
    lab.rewire()
    for one in ("2", "4", "5"):
        someone = lab.staff(one)
        await someone.writes("настройки")
        assert "bitrix24/app" not in someone.last().text


async def test_without_an_address_it_says_what_to_do(lab):
    admin = lab.staff("1")
    await admin.writes("/settings")
    assert "concierge settings" in admin.last().text
    assert page_link(lab.settings, "x") is None
    assert local_link(lab.settings, "x").startswith("http://127.0.0.1:")
