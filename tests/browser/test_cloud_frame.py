"""An application in the cloud's slider: its page talks to the stand-in of BX24.js as it would to the vendor's."""

import shutil
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright, expect

from tests.sandbox.cloud_lab import Lab, lab

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package chromium"),
]
PAGE = """<!doctype html><meta charset="utf-8"><script src="%s/api/v1/"></script>
<h2>%s</h2><p id="who"></p><p id="place"></p><p id="many"></p><div style="height:1200px"></div>
<button id="finish" onclick="BX24.installFinish()">Готово</button>
<button id="more" onclick="BX24.openApplication({opened: true}, () => { document.title = 'closed' })">Ещё</button>
<button id="close" onclick="BX24.closeApplication()">Закрыть</button>
<script>
BX24.init(() => {
  const auth = BX24.getAuth();
  document.getElementById("place").textContent = JSON.stringify(BX24.placement.info()) + BX24.getLang();
  BX24.callMethod("user.current", {}, (result) => {
    document.getElementById("who").textContent =
      result.error() ? String(result.error()) : result.data().NAME + " " + BX24.isAdmin() + " " + !!auth.access_token;
  });
  BX24.callBatch({who: ["profile", {}], bad: ["nothing", {}]}, (found) => {
    document.getElementById("many").textContent = found.who.data().ID + " " + found.bad.error().ex.error;
  });
  BX24.fitWindow();
});
</script>"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield await browser.new_page()
        await browser.close()


@pytest.fixture
async def cloud() -> AsyncIterator[Lab]:
    async with lab() as running:

        async def show(request: web.Request) -> web.Response:
            base = str(running.client.make_url("")).rstrip("/")
            return web.Response(text=PAGE % (base, request.path), content_type="text/html")

        running.app.show = show
        yield running


async def test_an_installer_finishes_and_the_application_runs(cloud: Lab, page: Page):
    await cloud.register()
    await cloud.control("portals", {"name": "grand"})
    await page.goto(str(cloud.client.make_url("/_sandbox/portals/grand/frame?installer=1")))
    frame = page.frame_locator("#app")
    await expect(frame.locator("h2")).to_have_text("/install")
    await expect(frame.locator("#who")).to_have_text("Анна true true")
    await frame.locator("#finish").click()
    await expect(frame.locator("h2")).to_have_text("/app")
    await expect(frame.locator("#many")).to_have_text("1 ERROR_METHOD_NOT_FOUND")
    height = await page.locator("#app").evaluate("frame => frame.offsetHeight")
    assert height > 1200

    pair = await cloud.control("portals/grand/tokens")
    tab = {"PLACEMENT": "CRM_CONTACT_DETAIL_TAB", "HANDLER": cloud.app.url("/tab")}
    assert (await cloud.rest("placement.bind", pair["access_token"], tab)).result is True
    address = '/_sandbox/portals/grand/frame?user=5&placement=CRM_CONTACT_DETAIL_TAB&options={"ID":"12"}'
    await page.goto(str(cloud.client.make_url(address)))
    await expect(frame.locator("#place")).to_have_text(
        '{"placement":"CRM_CONTACT_DETAIL_TAB","options":{"ID":"12"}}ru'
    )
    await expect(frame.locator("#who")).to_have_text("Ольга false true")

    await frame.locator("#more").click()
    inner = page.frame_locator("dialog iframe").frame_locator("#app")
    await expect(inner.locator("#place")).to_have_text('{"placement":"DEFAULT","options":{"opened":true}}ru')
    await inner.locator("#close").click()
    await expect(page.locator("dialog")).to_have_count(0)


async def test_the_portals_page_has_a_place_for_applications_and_their_tabs(cloud: Lab, page: Page):
    pair = await cloud.installed(title="Консьерж")
    tab = {"PLACEMENT": "CRM_CONTACT_DETAIL_TAB", "HANDLER": cloud.app.url("/tab"), "TITLE": "Гость отеля"}
    assert (await cloud.rest("placement.bind", pair["access_token"], tab)).result is True
    fields = {"entityTypeId": 3, "fields": {"name": "Анна", "lastName": "Ким"}}
    contact = (await cloud.rest("crm.item.add", pair["access_token"], fields)).result["item"]["id"]
    await page.goto(str(cloud.client.make_url("/p/grand/")))
    await page.get_by_test_id("applications").click()
    await page.get_by_test_id(f"application-{pair['client_id']}").click()
    slider = page.frame_locator("dialog.slider iframe").frame_locator("#app")
    await expect(slider.locator("h2")).to_have_text("/app")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("slider")).to_have_count(0)
    await page.get_by_test_id("tab-crm").click()
    await page.get_by_test_id(f"crm-item-{contact}").click()
    await page.get_by_test_id("app-tabs").get_by_text("Гость отеля").click()
    card = page.frame_locator(".app-frame iframe").frame_locator("#app")
    await expect(card.locator("#place")).to_contain_text(f'"options":{{"ID":"{contact}"}}')
    await expect(card.locator("#who")).to_have_text("Ольга false true")
