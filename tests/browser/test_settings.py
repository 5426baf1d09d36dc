"""The settings pages in a real browser, inside the portal's frame: hotel, door, test, preview, sync, and the CRM tab.

Set CONCIERGE_PICTURES to renew the pictures of docs/settings.md.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, FrameLocator, Locator, Page, async_playwright, expect

from storage import differences, lookups, snapshots, work_orders
from tests.stories.cloud_stage import CloudStage, clouded, hotel_settings

CHROMIUM = shutil.which("chromium")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
ADMIN, CLERK = 1, 5

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package chromium"),
]


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[CloudStage]:
    async with clouded(tmp_path) as stage:
        await stage.portal("hotel")
        await stage.install("hotel")
        yield stage


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def opened(
    browser: Browser,
    cloud: CloudStage,
    *,
    user: int = ADMIN,
    size: dict[str, int] = DESK,
    dark: bool = False,
    **more: Any,
) -> tuple[Page, FrameLocator]:
    """The app in the portal's frame, as this user sees it; any error of the page's script ends the test."""
    page = await browser.new_page(viewport=size, color_scheme="dark" if dark else "light")  # type: ignore[arg-type]
    page.set_default_timeout(8_000)
    page.on("pageerror", lambda error: pytest.fail(f"a script broke: {error}"))
    query = "&".join(f"{name}={quote(str(value))}" for name, value in {"user": user, **more}.items())
    await page.goto(f"{cloud.base}_sandbox/portals/hotel/frame?{query}")
    return page, page.frame_locator("iframe")


def field(app: FrameLocator, label: str) -> Locator:
    """The field people see under this label; other kinds of doors have theirs, hidden."""
    return app.get_by_label(label, exact=True).filter(visible=True)


async def picture(page: Page, name: str) -> None:
    if os.environ.get("CONCIERGE_PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / f"{name}.png")


async def test_a_hotel_is_set_up_in_the_portal(cloud: CloudStage) -> None:
    """From nothing to a first sync, by an admin, without leaving the frame."""
    async with chromium() as browser:
        page, app = await opened(browser, cloud)
        await expect(app.get_by_role("heading", level=1)).to_have_text("Обзор")
        await app.get_by_role("link", name="Добавить отель").click()

        await field(app, "Код").fill("GRAND")
        await field(app, "Название").fill("Гранд Отель")
        await field(app, "Часовой пояс").fill("Europe/Moskow")
        await app.get_by_role("button", name="Добавить отель").click()
        await expect(app.get_by_role("alert")).to_contain_text("Такого часового пояса нет")
        await expect(field(app, "Название")).to_have_value("Гранд Отель")
        await field(app, "Часовой пояс").fill("Europe/Moscow")
        await app.get_by_label("Дней назад").fill("3")
        await app.get_by_label("Дней вперёд").fill("3")
        await app.get_by_role("button", name="Добавить отель").click()
        await expect(app.locator("#told")).to_contain_text("Отель добавлен")

        await app.get_by_role("link", name="Добавить подключение").click()
        door = f"{cloud.base}hotel/V8/FidelioIISWrapper.dll/FidelioXMLInterface.DataHandler?ic=XX"
        await field(app, "Адрес").fill(door)
        await field(app, "Имя пользователя").fill("XMLINTERFACE")
        await field(app, "Пароль").fill("wrong")
        await app.get_by_role("button", name="Сохранить").click()
        await expect(app.locator("#told")).to_contain_text("Сохранено")
        await app.get_by_role("button", name="Проверить").click()
        await expect(app.locator("#findings")).to_contain_text("Не отвечает как надо")
        await field(app, "Пароль").fill("sandbox")
        await app.get_by_role("button", name="Сохранить").click()
        await expect(app.locator("#told")).to_contain_text("Сохранено")
        await expect(field(app, "Пароль")).to_have_value("")
        await app.get_by_role("button", name="Проверить").click()
        await expect(app.locator("#findings")).to_contain_text("Отвечает")
        await picture(page, "settings-door")

        await app.get_by_role("link", name="Обзор").click()
        await app.get_by_role("button", name="Синхронизировать сейчас").click()
        await expect(app.get_by_text("Последняя синхронизация")).to_be_visible(timeout=20_000)
        await picture(page, "settings-overview")

        await app.get_by_role("link", name="Настроить").click()
        await app.get_by_role("link", name="Соответствие полей").click()
        await expect(app.locator("#preview")).to_contain_text("Изменится у 0 из 10")
        await app.get_by_label("Свой текст").fill('[contact.lastName]\nfrom = "last_name"\nas = "upper"\n')
        await expect(app.locator("#preview ins").first).to_be_visible()
        await picture(page, "settings-mapping")
        await app.get_by_label("Фамилия lastName").select_option("if_empty")
        await app.get_by_role("button", name="Сохранить").click()
        await expect(app.locator("#told")).to_contain_text("Сохранено")
        await expect(app.get_by_label("Свой текст")).to_have_value(
            '[contact.lastName]\nowner = "if_empty"\nfrom = "last_name"\nas = "upper"\n'
        )

        await app.get_by_role("link", name="← Гранд Отель").click()
        await app.get_by_role("link", name="Воронка и стадии").click()
        await expect(app.get_by_label("Воронка")).to_contain_text("Общая")
        await picture(page, "settings-pipeline")


async def test_on_a_phone_nothing_sticks_out_and_the_menu_opens(cloud: CloudStage) -> None:
    """At 360 px every page of an admin fits, in both languages."""
    await cloud.configure("hotel", hotel_settings(cloud.base))
    async with chromium() as browser:
        page, app = await opened(browser, cloud, size=NARROW)
        menu = app.locator("nav a")
        await expect(menu.first).to_be_hidden()
        addresses = await menu.evaluate_all("all => all.map(one => one.getAttribute('href'))")
        frame = page.frames[1]
        for address in [*addresses, "/bitrix24/app/hotels/GRAND", "/bitrix24/app/hotels/GRAND/mapping"]:
            await app.get_by_text("Меню", exact=True).click()
            await expect(menu.first).to_be_visible()
            await frame.evaluate(
                "address => { const link = document.createElement('a'); link.href = address; link.id = 'walk';"
                " document.getElementById('shell').append(link); link.click(); }",
                address,
            )
            await expect(app.locator("#walk")).to_have_count(0)
            wide = await frame.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (address, wide)
            assert await app.locator("h1").count() == 1, address
        await app.get_by_text("Меню", exact=True).click()
        await app.get_by_role("link", name="Обзор").click()
        await expect(app.get_by_role("heading", level=1)).to_have_text("Обзор")
        await picture(page, "settings-phone")


async def synced(cloud: CloudStage) -> None:
    """A first sync of the portal's hotel, to its end."""
    row = await cloud.row("hotel")
    house = cloud.service.house
    async with house.scopes.writing(row.portal_id) as scope:
        hotel = scope.portal.hotel("GRAND")
        assert hotel is not None
        order_id = await house.syncs.order(scope, hotel, "sync")

    async def done() -> bool:
        async with house.db.reading() as tx:
            order = await work_orders.load(tx, order_id)
        return order is not None and order.result is not None

    await cloud.at("hotel").until(done, "the first sync")


async def test_a_colleague_sees_the_guest_on_the_crm_tab_and_files_a_request(cloud: CloudStage) -> None:
    """The card at his own level; the look-up is journalled; the portal's menu isn't his."""
    await cloud.configure("hotel", hotel_settings(cloud.base))
    await synced(cloud)
    row, house = await cloud.row("hotel"), cloud.service.house
    async with house.db.reading() as tx:
        hotel = house.portals.portal(row.portal_id).hotel("GRAND")
        stay = (await differences.changed(tx, hotel.id, "stay", "", limit=1, whole=True))[0].record
        found = await snapshots.load(tx, hotel.id, "profile", [stay.profile_id])
    crm_id = found[stay.profile_id].crm_id
    async with chromium() as browser:
        where = {"placement": "CRM_CONTACT_DETAIL_TAB", "options": f'{{"ID":"{crm_id}"}}'}
        page, app = await opened(browser, cloud, user=CLERK, **where)
        await expect(app.get_by_role("heading", level=1)).to_have_text("Гость отеля")
        await expect(app.locator(".told")).to_contain_text("•••")
        await expect(app.locator("nav")).to_have_count(0)
        await picture(page, "settings-crm-tab")
        await app.get_by_role("button", name="Создать обращение").click()
        await expect(app.get_by_text("Напишите, что случилось")).to_be_visible()
        await app.get_by_label("Что случилось").fill("Гость просит закрывающие документы, в CRM нет счёта")
        await app.get_by_role("button", name="Создать обращение").click()
        await expect(app.get_by_role("status").filter(has_text="зарегистрировано")).to_be_visible()
    async with house.db.reading() as tx:
        journal = await lookups.listed(tx, row.portal_id)
    assert {one.purpose for one in journal if one.kind == "card"} == {"crm-tab"}
    assert "filing" in {one.kind for one in journal}


@pytest.mark.drill  # told by quicker tests, too
async def test_english_and_dark(cloud: CloudStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pages for somebody who reads English in the dark."""
    monkeypatch.setattr("sandbox.oauth.lifecycle.LANGUAGE", "en")  # what the portal tells the frame
    await cloud.configure("hotel", hotel_settings(cloud.base))
    async with chromium() as browser:
        page, app = await opened(browser, cloud, dark=True)
        await app.get_by_role("link", name="Hotels").click()
        await app.get_by_role("link", name="Гранд Отель").click()
        await expect(app.get_by_label("Time zone")).to_have_value("Europe/Moscow")
        await picture(page, "settings-english")
