"""The installation's page in the portal's slider, in a real browser: it works, says so, and finishes by itself.

Set CONCIERGE_PICTURES to renew the picture of docs/installation.md.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Page, async_playwright, expect

from tests.stories.cloud_stage import CloudStage, clouded

CHROMIUM = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package chromium"),
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield await browser.new_page(viewport={"width": 900, "height": 520})
        await browser.close()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[CloudStage]:
    async with clouded(tmp_path) as opened:
        yield opened


async def test_the_page_installs_and_then_gives_way_to_the_app(stage: CloudStage, page: Page) -> None:
    await stage.portal("grand")
    wrong: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.location["url"].endswith("/favicon.ico"):
            wrong.append(f"{said.text} {said.location['url']}")

    page.on("console", heard)
    await page.goto(f"{stage.base}_sandbox/portals/grand/frame?installer=1")
    frame = page.frame_locator("#app")
    if "CONCIERGE_PICTURES" in os.environ:
        await expect(frame.locator("#working")).to_be_visible()
        await page.screenshot(path=PICTURES / "install.png")
    await expect(frame.locator("nav")).to_be_visible()  # the settings, which the portal opens afterwards
    row = await stage.row("grand")
    assert row.state == "active"
    told = (await stage.look("portals/grand"))["installations"]
    assert [one["installed"] for one in told] == [True]
    assert wrong == []


async def test_a_page_whose_installation_is_refused_says_why(stage: CloudStage, page: Page) -> None:
    await stage.portal("grand")
    form = '<form method="post" action="{}"><input name="REFRESH_ID" value="x"><input name="APPLICATION_TOKEN" value="y"></form>'
    await page.set_content(form.format(stage.url("/bitrix24/install?LANG=en")))
    await page.evaluate("document.forms[0].submit()")
    await expect(page.get_by_role("alert")).to_contain_text("could not be confirmed")
    assert await stage.row("grand") is None
