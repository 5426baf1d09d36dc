"""The callback form in a real browser: on a phone, on a desk, in a hotel's page, by keyboard, without JavaScript.

Set CONCIERGE_PICTURES to renew the pictures of docs/callback.md.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.texts import text
from handlers.desk.site_forms import Limits, SiteForms, consent_of
from storage import Database
from tests.conftest import FakeClock
from tests.lab import Lab, open_lab
from web import callback, consent
from web.callback import Pages, Place

CHROMIUM = shutil.which("chromium")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
OPERATOR = ("ООО «Гранд Отель»", "privacy@hotel.example")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package chromium"),
]


@pytest.fixture
async def lab(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Lab]:
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path)
    await database.close()


@pytest.fixture
async def site(lab: Lab, clock: FakeClock) -> AsyncIterator[TestServer]:
    """The form as it is served, and at /hotel the page of a hotel that frames it from another origin."""
    app, hotel = web.Application(), web.Application()
    server, hotels = TestServer(app, host="127.0.0.1"), TestServer(hotel, host="127.0.0.1")
    lab.framer = hotels
    forms = SiteForms(
        lab.scopes, lab.requests, consent_of("1", consent.builtin("ru", *OPERATOR)), Limits(100, 100)
    )

    async def page(request: web.Request) -> web.Response:
        frame = server.make_url(f"/callback?site={request.query['site']}")
        body = f'<!doctype html><h1>Гранд Отель</h1><iframe src="{frame}" width="420" height="800"></iframe>'
        return web.Response(text=body, content_type="text/html")

    hotel.router.add_get("/", page)
    await hotels.start_server()
    origin = str(hotels.make_url("")).rstrip("/")
    sites = {"GRAND": [origin], "OTHER": ["https://other.example"]}
    pages = Pages(lab.portal.id, sites, *OPERATOR, least_fill_s=0)
    callback.setup(app, text, clock, lambda _site: Place(forms, pages))
    await server.start_server()
    yield server
    await server.close()
    await hotels.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def opened(
    chromium: Any, site: TestServer, size: dict[str, int], path: str = "/callback", **more: Any
) -> Any:
    context = await chromium.new_context(viewport=size, locale="ru-RU", **more)
    page = await context.new_page()
    page.set_default_timeout(10_000)
    page.troubles = []
    page.on("console", lambda said: page.troubles.append(said.text) if said.type == "error" else None)
    page.on(
        "request", lambda sent: page.troubles.append(sent.url) if str(site.port) not in sent.url else None
    )
    await page.goto(str(site.make_url(path)))
    return page


async def picture(page: Any, name: str) -> None:
    if os.environ.get("CONCIERGE_PICTURES"):
        await page.screenshot(path=PICTURES / name, full_page=True)
        assert (PICTURES / name).stat().st_size < 300_000


async def overflow(page: Any) -> int:
    """How many pixels stick out sideways."""
    return await page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


async def fill_in(page: Any) -> None:
    await page.get_by_label("Имя").fill("Иван Петров")
    await page.get_by_label("Телефон").fill("8 (900) 123-45-67")
    await page.get_by_label("Вопрос").fill("Не открывается отчёт о заездах за вчера")
    await page.get_by_label("Я согласен").check()


async def test_on_a_phone_from_the_form_to_its_number(lab, site, chromium):
    page = await opened(chromium, site, PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
    assert await overflow(page) == 0
    for control in await page.locator("input:visible, textarea, button").all():
        box = await control.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    button = await page.get_by_role("button", name="Отправить").bounding_box()
    assert button["height"] >= 44  # a thumb's size
    assert button["y"] + button["height"] <= PHONE["height"] * 1.05  # hardly any scrolling
    trap = await page.locator(".trap").bounding_box()
    assert trap["width"] <= 1  # the robots' field is seen by nobody
    await fill_in(page)
    await picture(page, "callback-phone.png")
    await page.get_by_role("button", name="Отправить").tap()
    await page.get_by_text("FB-2026-000001").wait_for()
    assert "Первый ответ — до пт 20 ноября, 16:00" in await page.locator("main").inner_text()
    assert await overflow(page) == 0
    assert page.troubles == []
    assert (await lab.request()).channel == "callback"


@pytest.mark.drill  # told by quicker tests, too
async def test_on_a_desk_with_what_is_wrong_said_beside_it(site, chromium):
    page = await opened(chromium, site, DESK)
    await fill_in(page)
    await picture(page, "callback-desktop.png")
    await page.get_by_label("Телефон").fill("позвоните в 305")
    await page.get_by_label("Я согласен").uncheck()
    await page.get_by_role("button", name="Отправить").click()
    await page.get_by_role("alert").wait_for()
    assert await page.title() == "Ошибка: Заказать обратный звонок"
    phone = page.get_by_label("Телефон")
    assert await phone.input_value() == "позвоните в 305"
    assert await phone.get_attribute("aria-invalid") == "true"
    told = (await phone.get_attribute("aria-describedby")).split()
    assert "Не получилось прочитать номер" in await page.locator(f"#{told[-1]}").inner_text()
    assert await page.get_by_label("Имя").input_value() == "Иван Петров"
    await page.get_by_role("alert").get_by_role("link").first.click()
    assert await page.evaluate("() => document.activeElement.id") == "phone"
    assert [one for one in page.troubles if "422" not in one] == []  # the console notes the status


async def test_by_keyboard_alone_and_without_javascript(lab, site, chromium):
    page = await opened(chromium, site, DESK, java_script_enabled=False)
    reached = []
    for word in (None, "Иван", "+7 495 123-45-67", "Как добавить сотрудника?", None):
        await page.keyboard.press("Tab")
        if word:
            await page.keyboard.type(word)
        reached.append(word)
    await page.keyboard.press("Space")  # the consent
    await page.keyboard.press("Tab")  # its link
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # the button
    await page.get_by_text("FB-2026-000001").wait_for()
    assert (await lab.request()).description == "Как добавить сотрудника?"


async def test_in_a_hotels_page_and_in_no_other(lab, site, chromium):
    context = await chromium.new_context(viewport=DESK, locale="ru-RU")
    page = await context.new_page()
    page.set_default_timeout(10_000)
    await page.goto(str(lab.framer.make_url("/?site=GRAND")))
    frame = page.frame_locator("iframe")
    await frame.get_by_label("Телефон").fill("89001234567")
    await frame.get_by_label("Я согласен").check()
    await frame.get_by_role("button", name="Отправить").click()
    await frame.get_by_text("FB-2026-000001").wait_for()
    refused = []
    page.on("console", lambda said: refused.append(said.text))
    await page.goto(str(lab.framer.make_url("/?site=OTHER")))
    assert await page.frame_locator("iframe").get_by_label("Телефон").count() == 0
    assert any("frame-ancestors" in one for one in refused)


@pytest.mark.drill  # told by quicker tests, too
async def test_every_page_fits_a_phone_in_both_languages(site, chromium):
    paths = ("/callback", "/callback/report", "/callback/consent", "/callback?site=NONE")
    for path in paths:
        for language in ("ru", "en"):
            joined = f"{path}{'&' if '?' in path else '?'}lang={language}"
            page = await opened(chromium, site, PHONE, joined)
            assert await overflow(page) == 0, joined
            assert await page.locator("h1").count() == 1
            assert await page.get_attribute("html", "lang") == language
            await page.context.close()
