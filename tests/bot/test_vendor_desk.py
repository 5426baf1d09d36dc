"""A vendor's desk (decision 1): the customers stay in their portals, their requests are worked in the vendor's."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.portals import Served
from domain.chat import Address, Channel, Sender
from domain.people import Grant, Role
from domain.portal import Portal
from handlers.outside import Outside
from storage import portals
from tests.bot.conftest import Lab, Someone
from tests.fakes import FakeMessenger, FakeTasks, NoCrm
from tests.lab import STORY

SHARED = ("scopes", "people", "requests", "guests", "syncs", "inbox", "deliveries", "house", "conversations")


async def customer(lab: Lab, key: str, name: str) -> Lab:
    """Another portal in the same service, with messengers and tasks of its own; its desk is the lab's."""
    async with lab.db.transaction() as tx:
        portal_id = await portals.ensure(tx, key, lab.clock.now, name=name, domain=f"{key}.bitrix24.ru")
    portal = Portal(portal_id, key, f"https://{key}.bitrix24.ru", name=name, desk_id=lab.portal.id)
    telegram = FakeMessenger(Channel.TELEGRAM)
    mine = Lab(lab.db, lab.clock, portal, lab.settings, telegram=telegram, tasks=FakeTasks())
    mine.outside = Outside(
        {Channel.BITRIX24: mine.bitrix, Channel.TELEGRAM: telegram}, mine.tasks, mine.directory, NoCrm()
    )
    parties = SimpleNamespace(outside=mine.outside, session=None, telegram=None)
    lab.house.portals._served[portal_id] = Served(portal, lab.settings, lambda: parties)
    for part in SHARED:
        setattr(mine, part, getattr(lab, part))
    return mine


@pytest.fixture
async def palace(lab: Lab) -> Lab:
    return await customer(lab, "palace", "Палас")


@pytest.fixture
async def marina(lab: Lab) -> Lab:
    return await customer(lab, "marina", "Марина Отель")


async def filed(person: Someone, story: str = STORY) -> None:
    """The eight steps, as short as they can be."""
    await person.writes("/new")
    await person.writes(story)
    for label in (
        "Инцидент",
        "Оставить",
        "Пропустить",
        "Пропустить",
        "Мой логин",
        "Этот портал",
        "Отправить",
    ):
        await person.presses(label)


def thread_of(lab: Lab) -> Address:
    """Support's thread."""
    return lab.bitrix.thread("FB-2026-000001")


async def asked(support: Someone, lab: Lab, words: str = "Уточните, пожалуйста") -> None:
    """Support wants to know more, so that the next words are the answer."""
    await support.presses("Запросить сведения", at=thread_of(lab))
    await support.writes(words, to=thread_of(lab))


async def test_a_request_is_worked_at_the_vendors(lab: Lab, palace: Lab, pyotr: Someone) -> None:
    guest = palace.staff("5")
    await filed(guest)
    guest.sees("FB-2026-000001")
    request = await lab.request()
    assert (request.portal_id, request.home_id) == (lab.portal.id, palace.portal.id)
    assert request.portal_link == "https://palace.bitrix24.ru"
    assert len(lab.tasks.kept) == 1
    assert not palace.tasks.kept
    assert not palace.bitrix.threads
    thread = thread_of(lab)
    pyotr.sees("Ольга Иванова · Палас", at=thread)

    await pyotr.presses("Взять", at=thread)
    await pyotr.writes("Проверьте, пожалуйста, выгрузку ещё раз", to=thread)
    guest.sees("Проверьте, пожалуйста, выгрузку ещё раз")
    assert not lab.bitrix.at(Address(Channel.BITRIX24, "5")), "the vendor's own user 5 hears nothing"

    await asked(pyotr, lab)
    await guest.writes("Проверила, всё ещё пусто")
    pyotr.sees("Проверила, всё ещё пусто", at=thread)
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Перезапустили выгрузку", to=thread)
    await guest.presses("Решено")
    await guest.presses("Закрыть")
    assert "closed" in (await lab.history())[-1]


async def test_files_come_from_the_customers_messenger(lab: Lab, palace: Lab, pyotr: Someone) -> None:
    guest = palace.staff("5")
    await filed(guest)
    await pyotr.presses("Взять", at=thread_of(lab))
    await asked(pyotr, lab)
    await guest.sends("shot.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40, words="вот снимок")
    thread = thread_of(lab)
    pyotr.sees("вот снимок", at=thread)
    (task,) = lab.tasks.kept.values()
    assert [file.name for file in task.files] == ["shot.png"]
    assert [path.name for path in lab.settings.service.files.rglob("*") if path.is_file()]


async def test_an_edit_follows_into_the_desk(lab: Lab, palace: Lab, pyotr: Someone) -> None:
    guest = palace.staff("5")
    await filed(guest)
    await pyotr.presses("Взять", at=thread_of(lab))
    await asked(pyotr, lab)
    said = await guest.writes("Папка 304, выгрузка")
    pyotr.sees("Папка 304, выгрузка", at=thread_of(lab))
    await guest.does(replace(said, event_key="edit", text="Папка 305, выгрузка", edited=True))
    pyotr.sees("Папка 305", at=thread_of(lab))


async def test_customers_do_not_see_each_other(lab: Lab, palace: Lab, marina: Lab) -> None:
    await filed(palace.staff("5"))
    other = marina.staff("6")
    await other.writes("/request FB-2026-000001")
    other.never_saw("Не выгружаются заезды")
    await other.writes("/new")
    await other.writes(STORY)
    other.never_saw("FB-2026-000001")
    await other.forges("r:card:1")
    await other.forges("r:withdraw:1")
    assert (await lab.request()).is_open
    other.never_saw("Не выгружаются заезды из Fidelio: второй день в CRM нет новых броней, отчёт пустой\n")


async def test_roles_at_home_are_none_at_the_desk(lab: Lab, palace: Lab) -> None:
    async with palace.scopes.writing(palace.portal.id) as scope:
        grants = {"1": [Grant(Role.ADMIN)], "2": [Grant(Role.SUPPORT)], "4": [Grant(Role.MANAGER)]}
        await palace.people.apply_settings(scope, grants)
    await filed(palace.staff("5"))
    for user in ("1", "2", "4"):
        somebody = palace.staff(user)
        await somebody.forges("r:take:1")
        await somebody.writes("/queue")
        somebody.never_saw("FB-2026-000001")
    assert (await lab.request()).responsible_id is None


async def test_a_colleague_of_the_same_portal_may_join(lab: Lab, palace: Lab) -> None:
    await filed(palace.staff("5"))
    colleague = palace.staff("6")
    await colleague.writes("/request FB-2026-000001")
    colleague.sees("FB-2026-000001")


async def test_the_customers_representative_closes(lab: Lab, palace: Lab, pyotr: Someone) -> None:
    async with palace.scopes.writing(palace.portal.id) as scope:
        await palace.people.apply_settings(scope, {"4": [Grant(Role.REPRESENTATIVE)]})
        assert await palace.people.find(scope, Sender(Channel.BITRIX24, "4", "")) is not None
    guest, boss = palace.staff("5"), palace.staff("4")
    await filed(guest)
    await pyotr.presses("Взять", at=thread_of(lab))
    await pyotr.presses("Ответ", at=thread_of(lab))
    await pyotr.writes("Готово", to=thread_of(lab))
    await guest.presses("Решено")
    await boss.presses("Закрыть")
    assert not (await lab.request()).is_open


async def test_the_groups_of_a_customer_are_no_threads(lab: Lab, palace: Lab) -> None:
    """Chat ids repeat from portal to portal."""
    await filed(palace.staff("5"))
    stranger, same = palace.staff("6"), thread_of(lab)
    await stranger.writes("Это другой чат с тем же номером", to=same)
    assert not [one for one in lab.bitrix.at(same) if "другой чат" in one.text]
    assert not [one for one in palace.bitrix.at(same) if "другой чат" in one.text]
