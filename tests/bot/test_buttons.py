"""Buttons that are old, somebody else's, or nobody's."""

import pytest

from domain.chat import IncomingKind
from tests.lab import HOTEL_GROUP, STORY, file_request


async def test_a_button_of_a_step_that_is_over(lab, olga):
    await olga.writes("/new")
    await olga.writes(STORY)
    old = olga.reads("шаг 2")
    await olga.writes("инцидент")
    await olga.writes("своя тема")
    olga.reads("шаг 4")
    await olga.presses_old(old, "Проблема")
    assert olga.sees("уже пройден").id == old.id
    olga.reads("шаг 4")
    for label in ("Пропустить", "Пропустить", "Мой логин", "Этот портал"):
        await olga.presses(label)
    assert "Тип: Инцидент" in olga.reads("Проверьте").text


async def test_a_button_of_a_dialog_that_is_over(lab, olga):
    await olga.writes("/new")
    await olga.writes(STORY)
    old = olga.reads("шаг 2")
    await olga.writes("/cancel")
    olga.reads("Ничего не отправлено")
    await olga.presses_old(old, "Инцидент")
    assert "уже отработала" in olga.sees("уже отработала").text
    await olga.presses("Новое обращение")
    olga.reads("шаг 1")


async def test_nobody_presses_for_another(lab, olga, pyotr, darya):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Ответ", at=thread)
    asked = pyotr.reads("Напишите ответ", at=thread)
    await darya.presses("Отмена", at=thread)
    darya.reads("для того, кого я спросил", at=thread)
    assert lab.bitrix.messages[thread, asked.id].buttons  # his question stands as it stood
    await pyotr.writes("Обновили модуль", to=thread)
    olga.reads("Обновили модуль")


async def test_a_colleagues_step_is_safe_though_the_counters_agree(lab, olga):
    igor = lab.staff("6")
    for person in (olga, igor):
        await person.writes("/new")
        await person.writes(STORY)
    await igor.presses_old(olga.reads("шаг 2"), "Отмена")
    igor.sees("шаг 2")
    await igor.presses("Инцидент")
    igor.sees("шаг 3")


FORGED = (
    "", "x", "x:1", "r:", "r:card", "r:card:", "r:card:99", "r:card:-1", "r:card:²", "r:card:1e3",
    "r:card:99999999999999999999999999", "r:offer:1", "r:merge:1", "r:choose:1", "r:filed:1", "r:take:1",
    "r:answer:1", "r:not_needed:1", "n:", "n:resume", "n:to-1:1", "n:file:1", "s:sync:1", "s::",
    "d:1:1:send", "d:5:1:send", "d:", "d:1", "d:²:1:send", "d:1:99999999999999999999:send", "D:1:1:x",
)  # fmt: skip


async def test_forged_payloads_do_nothing_and_are_answered(lab, olga):
    await file_request(olga)
    before = await lab.request()
    igor = lab.staff("6")
    presses = [igor.event(IncomingKind.PRESS, message_id="1", payload=payload) for payload in FORGED]
    await igor.does(*presses)
    assert len(igor.messages()) >= len(FORGED)  # each is answered
    assert await lab.request() == before
    assert not await lab.dead_events()
    igor.never_saw("История")
    igor.never_saw("Обновляю")


@pytest.mark.parametrize("action", ["offer", "merge", "priority", "type", "hand_over", "more"])
async def test_supports_buttons_are_not_the_requesters(lab, olga, action):
    await file_request(olga)
    before = await lab.request()
    await olga.forges(f"r:{action}:1")
    assert "поддержка" in olga.last().text
    assert await lab.request() == before
    assert not (await lab.conversations.prompt(lab.portal.id, (await lab.person("5")).id))


@pytest.mark.parametrize("action", ["choose", "reply"])
async def test_moves_without_a_button_cannot_be_pressed(lab, olga, pyotr, action):
    await file_request(olga)
    for person in (olga, pyotr):
        await person.forges(f"r:{action}:1")
        if (person, action) != (olga, "reply"):
            assert "не знакома" in person.last().text or "тот, кто его завёл" in person.last().text
    assert await lab.history() == ["filed"]


async def test_a_choice_the_step_never_offered(lab, olga):
    await olga.writes("/new")
    await olga.writes(STORY)
    offered = olga.reads("шаг 2").buttons[0].action
    await olga.forges(offered.replace("incident", "keep"))
    olga.reads("не знакома")
    await olga.presses("Инцидент")
    olga.sees("шаг 3")


async def test_moves_of_others_are_refused_with_what_is_possible(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await olga.forges("r:take:1")
    assert "«зарегистрировано»" in olga.reads("только поддержка").text
    assert "Отозвать" in olga.last().text
    await pyotr.presses("Взять", at=thread)
    await pyotr.forges("r:take:1", at=thread)
    assert "Запросить сведения" in pyotr.reads("Сейчас так нельзя", at=thread).text


async def test_steps_are_not_begun_in_groups(lab, olga):
    for payload in ("n:new", "n:over", "n:resume", "n:my"):
        await olga.forges(payload, at=HOTEL_GROUP)
        olga.reads("в личном чате", at=HOTEL_GROUP)
    await olga.writes("/new", to=HOTEL_GROUP)
    olga.reads("в личном чате", at=HOTEL_GROUP)
    assert not olga.messages()
