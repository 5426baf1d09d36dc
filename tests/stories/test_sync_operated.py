"""The sync as managers operate it, over real HTTP: a rehearsal applied as seen, failures retried, a cause at the desk."""

import pytest

from tests.stories.stage import labels
from tests.stories.test_sync import crm_count, crm_writes, finished

WRONG_VALUE = {
    "kind": "error",
    "code": "CRM_FIELD_ERROR_VALUE_NOT_VALID",
    "description": "Неверное значение поля",
}
MANAGER, SUPPORT, FRONT_DESK = 4, 2, 5


async def changed(stage, n=0, **change):
    """A guest in house leaves; returns his reservation's number and his name."""
    stays = (await stage.get("hotel/_sandbox/reservations?status=in_house&limit=5"))["reservations"]
    stay = stays[n]
    number = stay.get("guestNum") or stay["id"]
    await stage.post("hotel/_sandbox/change", {"kind": "checkout", "guestNum": number, **change})
    return str(number), stay["guest"]


async def message(person, message_id):
    return next(m for m in await person.messages() if m["id"] == message_id)


async def test_what_was_previewed_is_what_is_applied(stage):
    marina = stage.person(MANAGER)
    await marina.writes("/sync dry")
    preview = await finished(marina, "проверка без записи")
    assert "Примеры" in preview["text"]
    assert any("Применить" in label for label in labels(preview))
    assert (await crm_count(stage, "deals"), await crm_count(stage, "contacts")) == (0, 0)
    assert await crm_writes(stage) == 0

    await marina.presses(next(label for label in labels(preview) if "Применить" in label))
    report = await finished(marina)
    assert "данные Fidelio на" in report["text"]
    assert await crm_count(stage, "deals") > 100

    async def spent():
        return not labels(await message(marina, preview["id"]))

    await stage.until(spent, "the preview without its button")
    await marina.writes("/sync")  # what was applied counts as read: nothing is written twice
    before = await crm_writes(stage)
    await finished(marina, "ничего нового")
    assert await crm_writes(stage) == before


@pytest.mark.drill  # told by quicker tests, too
async def test_data_that_move_meanwhile_are_shown_again_before_anything_is_written(stage):
    marina = stage.person(MANAGER)
    await marina.writes("/sync")
    await finished(marina)
    await changed(stage)
    await marina.writes("/sync dry")
    preview = await finished(marina, "проверка без записи")
    assert "Проживает → Выехал" in preview["text"]
    writes = await crm_writes(stage)

    await changed(stage, 1)
    await marina.presses("Применить (1)")
    anew = await finished(marina, "данные успели измениться")
    assert await crm_writes(stage) == writes
    assert "изменено 2" in anew["text"]
    await marina.presses("Применить (2)")

    async def written():
        return await crm_writes(stage) > writes

    await stage.until(written, "the second preview in the CRM")


@pytest.mark.drill  # told by quicker tests, too
async def test_only_who_operates_the_sync_may_press(stage):
    marina, olga = stage.person(MANAGER), stage.person(FRONT_DESK)
    await marina.writes("/sync dry")
    preview = await finished(marina, "проверка без записи")
    await olga.writes("/sync errors")
    await olga.sees("Синхронизацию запускают управляющие и поддержка")
    assert preview


@pytest.fixture
async def failing(stage):
    """A hotel two of whose changes the CRM refuses."""
    marina = stage.person(MANAGER)
    await marina.writes("/sync")
    await finished(marina)
    marina.gone = [await changed(stage), await changed(stage, 1)]
    await stage.fault(method="crm.item.update", times=None, **WRONG_VALUE)
    await marina.writes("/sync")
    await finished(marina, "Не записано: 2")
    return marina


async def test_failures_are_listed_with_their_cause_and_retried_alone(stage, failing):
    marina = failing
    await marina.presses("Ошибки (2)")
    page = await marina.sees("не записаны в CRM — 2")
    assert "CRM не принимает значение поля" in page["text"]
    assert "crm-field" in page["text"]
    assert "/crm/deal/details/" in page["text"]
    assert {"Повторить 1", "Повторить 2", "Повторить все 2", "Завести обращение"} <= set(labels(page))

    await stage.mend()
    await marina.presses("Повторить 1")
    await marina.sees("записано 1 · снова не вышло 0")
    await marina.writes("/sync errors")
    await marina.sees("не записаны в CRM — 1")
    await stage.fault("hotel/", kind="truncated_xml", times=-1)  # a retry of what failed reads nothing
    await marina.presses("Повторить все 1")

    async def both():
        told = [m for m in await marina.messages() if "записано 1 · снова не вышло 0" in m["text"]]
        return len(told) == 2

    await stage.until(both, "the second retry's report")
    await marina.writes("/sync errors")
    await marina.sees("ошибок нет")


@pytest.mark.drill  # told by quicker tests, too
async def test_one_request_per_cause_goes_on_and_is_answered_by_the_clean_run(stage, failing):
    marina, pyotr = failing, stage.person(SUPPORT)
    await marina.presses("Завести обращение")
    await marina.sees("FB-2026-000001")
    thread = await pyotr.thread("FB-2026-000001")
    card = await pyotr.sees("Код причины: crm-field. Записей: 2.", thread)
    assert "CRM не принимает значение поля" in card["text"]

    await marina.writes("/sync")
    await pyotr.sees("повторилось", thread)
    assert "FB-2026-000002" not in str(await stage.get("_sandbox/tasks"))

    await stage.mend()
    await marina.writes("/sync")
    answer = await marina.sees("чистый запуск")
    assert "Решено" in labels(answer)
    await pyotr.sees("чистый запуск", thread)


@pytest.mark.drill  # told by quicker tests, too
async def test_why_a_guest_is_not_in_the_crm(stage, failing):
    marina, (number, name) = failing, failing.gone[0]
    await marina.writes(f"почему нет гостя {name}")
    told = await marina.sees("⚠️ Не записался: CRM не принимает значение поля")
    assert number in told["text"]
    assert "✅ Есть в CRM" in told["text"]  # his profile is
    await stage.mend()
    await marina.presses(f"Повторить {number}")
    await marina.sees("записано 1 · снова не вышло 0")
    await marina.writes(f"/sync why {number}")

    async def there():
        told = [m["text"] for m in await marina.messages() if f"что с «{number}»" in m["text"]]
        return told and "✅ Есть в CRM, совпадает с Fidelio" in told[-1]

    await stage.until(there, "the reservation in the CRM")
    await marina.writes("почему нет гостя Ктототам?")
    told = await marina.sees("В том, что отдаёт Fidelio, «Ктототам» нет")
    assert "Перечитать всё" in labels(told)


@pytest.mark.drill  # told by quicker tests, too
async def test_status_tells_limits_schedule_and_freshness(stage, failing):
    marina = failing
    await marina.writes("/sync status")
    status = await marina.sees("Обновляю каждые 600 мин")
    for words in ("Лимит портала: запросы", "Не записано: 2", "данные Fidelio на", "Последние обновления"):
        assert words in status["text"]
    await marina.writes("/sync history")
    history = await marina.sees("история обновлений")
    assert "Марина Соколова" in history["text"]
