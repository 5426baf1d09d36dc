"""Two installed portals over real HTTP: the hotel's people write in theirs, the vendor's staff work in their own."""

import pytest

from tests.stories.cloud_stage import clouded

DESK = '[support]\ndesk = "vendor"\nreopen_days = 7'
VENDOR = {"bitrix24": {"support_users": [2, 3], "managers": [4]}}


@pytest.fixture
async def stage(tmp_path):
    async with clouded(tmp_path, bitrix24=DESK) as opened:
        yield opened


async def test_filed_in_the_hotel_worked_at_the_vendors(stage):
    hotel, vendor = await stage.portal("grand"), await stage.portal("vendor")
    await stage.install("grand")
    await stage.install("vendor")
    await stage.configure("vendor", VENDOR)

    olga = hotel.person(5)
    await olga.writes("/new")
    await olga.sees("шаг 1")
    await olga.writes("Не печатает чековый принтер на стойке, гости ждут")
    await olga.presses("Инцидент")
    await olga.presses("Оставить")
    await olga.sees("Пришлите скриншот")
    await olga.presses("Пропустить")
    await olga.sees("При каких условиях")
    for label in ("Пропустить", "Мой логин", "Этот портал", "Отправить"):
        await olga.presses(label)
    await olga.sees("зарегистрировано")

    async def tasks(portal):
        return [
            one["title"] for one in (await portal.get("_sandbox/tasks"))["tasks"] if "FB-" in one["title"]
        ]

    (made,) = await vendor.until(lambda: tasks(vendor), "the task at the vendor's")
    assert "принтер" in made
    assert await tasks(hotel) == []

    pyotr = vendor.person(2)
    thread = await pyotr.thread("FB-")
    await pyotr.presses("Взять", thread)
    await pyotr.writes("Проверьте, пожалуйста, кабель принтера", thread)
    await olga.sees("Проверьте, пожалуйста, кабель")
