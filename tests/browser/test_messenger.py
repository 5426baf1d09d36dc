"""The done-when of the first issue, by clicking: a request by buttons, its task and thread, support's reply, /sync and
the CRM that fills, the same request from Telegram. Nobody in this story sees anything but the page.
"""

import re
import shutil
import struct
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Page, async_playwright, expect

from tests.stories.stage import Stage, staged

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 20_000
STORY = "На стойке не печатаются ключ-карты: кодировщик мигает красным"
FROM_TELEGRAM = "В 302-м номере не работает Wi-Fi, гость ждёт"
OLGA, PYOTR, MARINA = 5, 2, 4
OLGA_IN_TELEGRAM, SUPPORT_FORUM = 5001, -1002000000001

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: install Debian's package chromium"),
]


def screenshot() -> FilePayload:
    """A small picture, as a browser's file dialog would hand it over."""
    rows = b"".join(b"\0" + bytes([200, 120, 40]) * 8 for _ in range(8))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return {"name": "экран.png", "mimeType": "image/png", "buffer": png}


@dataclass
class Window:
    """The page, as somebody sits before it."""

    page: Page

    async def become(self, person: int) -> None:
        await self.page.get_by_test_id(f"person-{person}").click()

    async def writes(self, words: str) -> None:
        """Into the open dialog."""
        await self.page.get_by_test_id("composer").fill(words)
        await self.page.get_by_test_id("send").click()

    async def attaches(self, file: FilePayload) -> None:
        await self.page.locator("#chat input[type=file]").set_input_files(file)
        await self.page.get_by_test_id("send").click()

    async def sees(self, words: str | re.Pattern[str]) -> Locator:
        """The newest message of the open dialog that holds the words, once it is there."""
        message = self.page.locator("#chat article").filter(has_text=words).last
        await expect(message).to_be_visible()
        return message

    async def presses(self, label: str) -> None:
        await self.page.locator(f'#chat [data-testid=bot-button][data-text="{label}"]').last.click()

    async def opens_thread(self, number: str) -> None:
        row = self.page.locator(".dialog-row").filter(has_text=re.compile(f"^{number}")).first
        await row.click()

    async def tab(self, name: str) -> None:
        await self.page.get_by_test_id(f"tab-{name}").click()

    # --- the Telegram beside it ---------------------------------------------------------------------------

    async def telegram_writes(self, words: str) -> None:
        await self.page.get_by_test_id("tg-composer").fill(words)
        await self.page.get_by_test_id("tg-send").click()

    async def telegram_sees(self, words: str) -> Locator:
        message = self.page.locator(".tg-log article").filter(has_text=words).last
        await expect(message).to_be_visible()
        return message

    async def telegram_presses(self, label: str) -> None:
        await self.page.locator(f'[data-testid=tg-button][data-text="{label}"]').last.click()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, telegram=True) as opened:
        await opened.bot_id()  # registered: what the demo waits for before it names its address
        yield opened


@pytest.fixture
async def window(stage: Stage) -> AsyncIterator[Window]:
    """Chromium on the page, empty of history; any complaint of the page's scripts fails the story."""
    async with chromium() as page:
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.goto(stage.base)
        yield Window(page)
    assert not complaints


@asynccontextmanager
async def chromium() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = await browser.new_page(viewport={"width": 1440, "height": 900}, locale="ru-RU")
            page.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            yield page
        finally:
            await browser.close()


async def test_the_first_visit_by_clicking(window: Window) -> None:
    number = await files_by_buttons(window)
    await task_and_thread(window, number)
    await sync_fills_the_crm(window)
    await finds_a_guest(window)
    await files_from_telegram(window)


async def files_by_buttons(window: Window) -> str:
    """Under a minute, in at most eight taps besides what is typed."""
    began = time.monotonic()
    await window.writes("новое обращение")
    await window.sees("шаг 1 из 8")
    await window.writes(STORY)
    await window.sees("шаг 2 из 8")
    taps = ["Инцидент", "Оставить", "Готово", "Пропустить", "Мой логин", "Этот портал", "Отправить"]
    assert len(taps) <= 8
    for step, label in enumerate(taps, 2):
        await window.sees(f"шаг {step} из 8")
        if label == "Готово":
            await window.attaches(screenshot())
            await window.sees("Получил 1 файл")
        await window.presses(label)
    registered = await window.sees("зарегистрировано")
    assert time.monotonic() - began < 60
    found = re.search(r"FB-\d{4}-\d{6}", await registered.inner_text())
    assert found
    return found[0]


async def task_and_thread(window: Window, number: str) -> None:
    """The task shows all that was said; support answers in the thread, the requester reads it."""
    page = window.page
    await page.locator("[data-testid^=task-]").filter(has_text=number).click()
    card = page.get_by_test_id("task-card")
    for words in (STORY, "olga.ivanova@hotel.example", "Инцидент", "Ольга Иванова"):
        await expect(card).to_contain_text(words)
    await expect(card.locator(".picture img")).to_have_count(1)

    await window.become(PYOTR)
    await window.opens_thread(number)
    await window.sees("Пишите сюда — заявитель получит")
    await window.presses("Взять")
    await window.writes("Перезагрузил кодировщик, попробуйте ещё раз")
    await page.locator("#chat a").filter(has_text="Задача в портале").click()  # opens here, in the panel
    await expect(card).to_contain_text("выполняется")

    await window.become(OLGA)
    await window.sees("Занимается Пётр Ким")
    await window.sees("Перезагрузил кодировщик")


async def sync_fills_the_crm(window: Window) -> None:
    page = window.page
    await window.become(MARINA)
    await window.tab("crm")
    await expect(page.locator(".panel")).to_contain_text("Пока пусто")
    await window.writes("/sync")
    live = await window.sees(re.compile("поставлено в очередь|читаю Fidelio|обновляю данные"))
    shown = await live.get_attribute("data-id")
    report = await window.sees(re.compile("данные обновлены"))
    assert await page.locator(f'#chat [data-id="{shown}"]').inner_text() == await report.inner_text()
    await expect(page.locator("[data-testid^=crm-item-]").first).to_be_visible()
    await window.tab("pipeline")
    columns = page.locator(".kanban .column > header > b")
    await expect(columns).to_have_text(
        ["Предварительно", "Подтверждено", "Проживает", "Выехал", "Отменено", "Не заехал"]
    )
    deal = page.locator(".deal-card").first
    title = (await deal.locator("b").inner_text()).replace("\xa0", " ")
    await deal.click()
    await expect(page.get_by_test_id("crm-card")).to_contain_text(title)


async def finds_a_guest(window: Window) -> None:
    """A list, a page turned in place, a card by its number; the same guest found by name and by a slip in it."""
    page = window.page
    await window.writes("/inhouse")
    listed = await window.sees("Страница 1 из")
    shown = await listed.get_attribute("data-id")
    await window.presses("Дальше")
    turned = await window.sees("Страница 2 из")
    assert await turned.get_attribute("data-id") == shown
    row = re.search(r"11\. (.+?)(?: ★.*?)? · (\S+) · ", await turned.inner_text())
    assert row
    name, room = row[1].strip(), row[2]
    await window.presses("11")
    await window.sees(re.compile(f"{re.escape(name)}.*номер {room}", re.DOTALL))
    await window.writes(f"гость {name.lower()} {room}")
    await expect(page.locator("#chat article").last).to_contain_text(name)
    slipped = name[:2] + name[3:] if len(name.split()[0]) > 5 else name
    await window.writes(f"гость {slipped} {room}")
    await expect(page.locator("#chat article").last).to_contain_text(name)


async def files_from_telegram(window: Window) -> None:
    """Linked by a code, then the same eight steps; support sees a topic and the portal a task."""
    page = window.page
    await window.become(OLGA)
    await window.writes("/link")
    code = re.search(r"/link (\w+)", await (await window.sees("Ваш код")).inner_text())
    assert code
    await window.tab("telegram")
    await page.get_by_test_id(f"tg-person-{OLGA_IN_TELEGRAM}").click()
    await window.telegram_writes(f"/link {code[1]}")
    await window.telegram_sees("Готово")
    await window.telegram_writes("новое обращение")
    await window.telegram_sees("шаг 1 из 8")
    await window.telegram_writes(FROM_TELEGRAM)
    taps = ["Инцидент", "Оставить", "Пропустить", "Пропустить", "Мой логин", "Этот портал", "Отправить"]
    for step, label in enumerate(taps, 2):
        await window.telegram_sees(f"шаг {step} из 8")
        await window.telegram_presses(label)
    await window.telegram_sees("FB-2026-000002 зарегистрировано")

    await page.get_by_test_id("tg-person-5002").click()
    await page.get_by_test_id(f"tg-chat-{SUPPORT_FORUM}").click()
    await page.locator(".tg-topic").filter(has_text="FB-2026-000002").click()
    await window.telegram_sees("Ольга Иванова")
    await window.tab("tasks")
    await page.get_by_role("button", name="К списку").click()
    await expect(page.locator("[data-testid^=task-]").filter(has_text="FB-2026-000002")).to_be_visible()
