"""The pages of the desk, people, data and daily work in a real browser: walked, by keyboard, and at 360 pixels.

Set CONCIERGE_PICTURES to renew the pictures of docs/settings.md.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from domain.chat import Channel
from handlers.settings.viewers import Viewers
from storage.people import find_by_account
from tests.web.app.filled import fill
from tests.web.app.rooms import ROOT, opened

CHROMIUM = shutil.which("chromium")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
NARROW = {"width": 360, "height": 740}
DESK = {"width": 1100, "height": 960}
PAGES = {
    "schedules/GRAND": "", "support": "settings-hours", "levels": "", "calls": "", "people": "settings-people", "people/new": "",
    "chats": "", "privacy": "", "sites": "", "consent": "", "journal": "settings-journal", "deeds": "", "templates": "",
    "templates/1": "settings-template", "deliveries": "settings-deliveries", "syncs": "", "syncs/GRAND": "settings-sync",
    "syncs/GRAND/failures": "settings-failures", "syncs/GRAND/runs/31": "", "licence": "",
}  # fmt: skip
"""Every page, with the picture it makes."""
ON_PHONE = {"settings-hours", "settings-sync", "settings-failures"}
UNNAMED = """() => [...document.querySelectorAll("main input, main select, main textarea, main button")]
  .filter(one => one.type !== "hidden" && !one.labels?.length && !one.getAttribute("aria-label") && !one.textContent.trim())
  .map(one => one.outerHTML.slice(0, 120))"""
TOO_SMALL = """() => [...document.querySelectorAll("main button, main a.button, main select")]
  .filter(one => one.offsetParent && !one.classList.contains("plain") && one.getBoundingClientRect().height < 36)
  .map(one => one.outerHTML.slice(0, 120))"""
STICKS_OUT = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package chromium"),
]


@pytest.fixture
async def rooms(sqlite_url, clock, tmp_path):
    async with opened(sqlite_url, clock, tmp_path, more="[support]\nreopen_days = 21\n") as found:
        await fill(found, evil=False)
        admin = await found.admin()
        for who, role in (("user:1", "admin"), ("user:2", "support"), ("user:4", "manager")):
            assert (await admin.sends("people/new", q="", who=who, role=role, do="save")).status == 303
        yield found


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def entered(chromium: Any, rooms: Any, size: dict[str, int]) -> Any:
    """The pages by the link that the bot gives an admin."""
    async with rooms.house.scopes.writing(rooms.portal_id) as scope:
        anna = await find_by_account(scope.tx, rooms.portal_id, Channel.BITRIX24, "1")
        link = await Viewers(rooms.house.scopes, rooms.house.people).offer_link(scope, anna)
    context = await chromium.new_context(viewport=size, locale="ru-RU", accept_downloads=True)
    page = await context.new_page()
    page.set_default_timeout(10_000)
    page.troubles = []
    page.on("pageerror", lambda fault: page.troubles.append(str(fault)))
    await page.goto(str(rooms.client.make_url(f"{ROOT}?link={link}")))
    await page.get_by_role("button", name="Открыть настройки").click()
    await page.get_by_role("heading", name="Обзор").wait_for()
    return page


async def goes(page: Any, path: str) -> None:
    """Follow a link of ours, wherever it stands: the session travels with the page."""
    await page.evaluate(
        """path => { const link = document.createElement("a"); link.href = path; link.id = "go"; link.textContent = "go";
        document.querySelector("main").append(link); link.click(); }""",
        f"{ROOT}/{path}",
    )
    await page.wait_for_function(
        "() => !document.getElementById('go') && !document.querySelector('#shell.busy')"
    )


async def picture(page: Any, name: str, size: dict[str, int]) -> None:
    if os.environ.get("CONCIERGE_PICTURES"):
        high = await page.evaluate("() => document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(high, 1200)}
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=True, clip=clip)


async def test_every_page_fits_a_phone_and_names_its_controls(rooms, chromium):
    page = await entered(chromium, rooms, NARROW)
    for path, name in PAGES.items():
        await goes(page, path)
        assert await page.evaluate(STICKS_OUT) == 0, path
        assert await page.evaluate(UNNAMED) == [], path
        assert await page.evaluate(TOO_SMALL) == [], path
        assert await page.locator("main img").count() == 0
        if name in ON_PHONE:
            await picture(page, f"{name}-phone", NARROW)
    assert page.troubles == []


async def test_the_pages_on_a_desk(rooms, chromium):
    page = await entered(chromium, rooms, DESK)
    for path, name in PAGES.items():
        if name:
            await goes(page, path)
            assert await page.evaluate(STICKS_OUT) == 0, path
            await picture(page, name, DESK)
    await goes(page, "journal")
    assert "Смирнова-Ковалевская Александра" in await page.locator("main").inner_text()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Выгрузить в Excel").click()
    assert (await waiting.value).suggested_filename.startswith("lookups-")
    assert page.troubles == []


async def test_hours_show_what_they_come_to_while_one_types(rooms, chromium):
    page = await entered(chromium, rooms, DESK)
    await page.get_by_role("link", name="Часы поддержки").click()
    incident = page.locator("#sample tr", has_text="Инцидент")
    await expect(incident).to_contain_text("до пт 20 ноября, 13:00")
    await page.get_by_label("Пятница: до").fill("12:30")
    await expect(incident).to_contain_text("до пн 23 ноября, 09:30")
    assert await page.get_by_label("Пятница: до").input_value() == "12:30"
    await page.get_by_label("Суббота: с").fill("99")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.get_by_text("Укажите и начало, и конец").first).to_be_visible()
    assert await page.get_by_label("Суббота: с").input_value() == "99"
    await page.get_by_label("Суббота: с").fill("")
    await page.get_by_role("button", name="Сохранить").click()
    await expect(page.locator("#told")).to_contain_text("Сохранено.")
    assert rooms.portal.desk.hours == "Mon-Thu 09:00-18:00; Fri 09:00-12:30"
    assert page.troubles == []


async def test_a_role_is_given_by_keyboard_alone(rooms, chromium):
    page = await entered(chromium, rooms, DESK)
    await goes(page, "people/new")
    await page.get_by_label("Найти сотрудника или отдел").focus()
    await page.keyboard.type("Ольга")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Ольга Иванова")).to_be_visible()
    await page.get_by_label("Ольга Иванова").focus()
    await page.keyboard.press("Space")
    await page.get_by_label("служба приёма").focus()
    await page.keyboard.press("Space")
    await page.get_by_role("button", name="Дать роль").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Роль дана.")).to_be_visible()
    (grant,) = [one for one in rooms.settings.people if one.user == 5]
    assert str(grant.role) == "front_desk"
    row = page.get_by_role("row", name="Ольга Иванова")
    await row.get_by_role("button").click()
    await row.get_by_role("button", name="Точно?").click()
    await expect(page.get_by_text("Роль отобрана.")).to_be_visible()
    assert page.troubles == []
