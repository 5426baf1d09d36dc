"""Time in one story: the queue card lives, the clock stands while the requester is asked, warnings and rating come."""

from datetime import timedelta

from tests.stories.stage import labels
from tests.stories.test_filing import file_request


async def later(stage, **span):
    """Time passes for the service; what its clock does each minute, it does now."""
    clock = stage.house.scopes.clock
    moved = timedelta(**span)
    stage.house.scopes.clock = lambda: clock() + moved
    await stage.house.watch.tick(stage.house.portal.id)
    stage.house.deliveries.added.set()


async def test_a_request_and_its_clocks(stage):
    olga, pyotr, marina = stage.person(5), stage.person(2), stage.person(4)
    await pyotr.writes("/queue")
    card = await pyotr.sees("Очередь поддержки")
    await file_request(olga)
    assert (await pyotr.sees("FB-2026-000001"))["id"] == card["id"]  # the same message
    thread = await pyotr.thread("FB-2026-000001")

    await pyotr.presses("Запросить сведения", thread)
    await pyotr.writes("Какой номер брони?", thread)
    await olga.sees("Какой номер брони?")
    await pyotr.sees("Часы стоят с", thread)
    await pyotr.sees("Ждём заявителя")
    await olga.writes("Бронь 1234")
    await pyotr.sees("Часы стояли с", thread)

    await later(stage, days=14)
    await pyotr.sees("срок решения прошёл", thread)
    await marina.sees("срок решения прошёл")
    await pyotr.sees("Просрочено")

    await pyotr.writes("/answer Готово, проверьте", thread)
    await olga.presses("Решено")
    await olga.presses("Закрыть")
    await olga.presses("5")
    await olga.sees("5 из 5")
    empty = await pyotr.sees("пуста")
    assert empty["id"] == card["id"]
    assert "FB-2026-000001" not in labels(empty)

    await marina.writes("/export")
    await stage.until(lambda: exported(marina), "the file")


async def exported(person):
    return any(message.get("files") for message in await person.messages())
