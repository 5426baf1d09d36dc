"""The form over real HTTP, all the way: a visitor, the thread and the task in the portal, closed by phone."""

import re

from tests.stories.stage import Stage

NUMBER = "FB-2026-000001"


async def send_form(stage: Stage, **fields: str) -> tuple[int, str]:
    """Open the form as a browser does, fill it in, follow the redirect."""
    url = f"http://127.0.0.1:{stage.service.port}/callback?site=GRAND"
    async with stage.http.get(url) as answer:
        page = await answer.text()
        assert answer.status == 200, page
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    filled = {"name": "Иван Петров", "phone": "8 (900) 123-45-67", "question": "Не печатает чек"}
    async with stage.http.post(url, data={**filled, "consent": "yes", **hidden, **fields}) as answer:
        return answer.status, await answer.text()


async def test_a_form_is_worked_on_and_closed_by_phone(stage):
    form = {"min_fill_seconds": 0, "sites": {"GRAND": ["https://grand.example"]}}
    stage.settings.callback = stage.settings.callback.model_copy(update=form)
    await stage.stop()
    await stage.start()
    pyotr, darya = stage.person(2), stage.person(3)
    assert (await send_form(stage, phone="нет"))[0] == 422
    status, page = await send_form(stage)
    assert status == 200
    assert NUMBER in page
    thread = await pyotr.thread(NUMBER)
    card = await pyotr.sees("Иван Петров, +79001234567", thread)
    assert "форма на сайте" in card["text"]
    await pyotr.presses("Взять", thread)
    await pyotr.presses("Ответ", thread)
    await pyotr.sees(f"Напишите ответ по {NUMBER}", thread)
    await pyotr.writes("Заменили кабель принтера, чек печатается", thread)
    await darya.presses("Подтверждено по телефону", thread)
    await darya.sees("подтверждено по телефону", thread)

    async def completed():
        return (await stage.get("_sandbox/tasks"))["tasks"][0]["status"] == "completed"

    await stage.until(completed, "the task completed")
