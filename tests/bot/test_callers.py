"""Callers in chat: support files for them and records what they say; whoever called is asked before it becomes his."""

import pytest

from domain.callers import Caller
from domain.chat import Channel
from domain.ports import PortalUser
from domain.requests import ClosedAs, Priority, RequestType, Status
from handlers.desk.callers import Callers
from handlers.desk.site_forms import Limits, SiteForms, Submission, consent_of
from storage import callers
from tests.lab import NAMES, open_lab

IVAN = "/new for Иван Петров 8 900 123-45-67"
STORY = "Не печатает чек на стойке"
NUMBER = "FB-2026-000001"


async def file_for(support, command=f"{IVAN} {STORY}", kind="Инцидент"):
    """The steps that are left when name, phone and description stand in the command."""
    await support.writes(command)
    for label in (kind, "Оставить", "Пропустить", "Пропустить", "Пропустить", "Этот портал", "Отправить"):
        await support.presses(label)
    support.reads("зарегистрировано")


async def form_of(lab):
    request = await lab.request()
    async with lab.db.reading() as tx:
        return await callers.form_of(tx, lab.portal.id, request.id)


async def test_support_files_for_a_caller(each_engine):
    lab = each_engine
    pyotr = lab.staff("2")
    await pyotr.writes("новое обращение для Ивана Петрова, 8 900 123-45-67")
    assert "Обращение по звонку: Ивана Петрова, +79001234567" in pyotr.reads("шаг 1").text
    await pyotr.writes(STORY)
    await pyotr.presses("Проблема")
    await pyotr.presses("Оставить")
    await pyotr.presses("Пропустить")
    await pyotr.presses("Пропустить")
    assert "Логин заявителя" in pyotr.reads("шаг 6").text
    assert "Мой логин" not in pyotr.last().labels
    await pyotr.presses("Пропустить")
    await pyotr.presses("Этот портал")
    pyotr.reads("Ивана Петрова, +79001234567")
    await pyotr.presses("Отправить")
    pyotr.reads(f"Обращение {NUMBER} зарегистрировано")

    request = await lab.request()
    assert (request.channel, request.type, request.requester_id) == (Channel.PHONE, RequestType.PROBLEM, None)
    assert await form_of(lab) == {"name": "Ивана Петрова", "phone": "+79001234567"}
    card = lab.bitrix.at(lab.bitrix.thread(NUMBER))[0]
    assert "Ивана Петрова, +79001234567 · телефон" in card.text
    assert "позвоните" in card.text
    assert "заявитель получит" not in card.text
    assert "Ивана Петрова, +79001234567" in lab.tasks.only.task.description
    await pyotr.writes("/my")
    pyotr.reads("пока нет обращений")  # it isn't his
    assert not await lab.outbox("dead")


async def test_the_description_may_follow_at_once(lab, pyotr):
    await pyotr.writes(f"{IVAN} {STORY}")
    pyotr.reads("шаг 2")
    await pyotr.presses("Назад")
    pyotr.reads("шаг 1")


@pytest.mark.parametrize("command", ["/new for Иван Петров", "/new for 305", "/new для "])
async def test_somebody_who_can_be_reached_is_needed(lab, pyotr, command):
    await pyotr.writes(command)
    pyotr.reads("Укажите телефон или почту")


async def test_only_support_files_for_others(lab, olga):
    await olga.writes(f"{IVAN} {STORY}")
    assert "шаг" not in olga.last().text
    await olga.writes(f"новое обращение для {STORY} 8 900 123-45-67")
    assert "шаг" not in olga.last().text


async def test_a_story_of_ones_own_may_begin_with_for(lab, olga):
    await olga.writes("/new для отчёта о заездах не хватает прав")
    olga.reads("шаг 2")


async def test_supports_own_draft_waits_meanwhile(lab, pyotr):
    await pyotr.writes("/new")
    await pyotr.writes("Нужен доступ новому сотруднику")
    pyotr.reads("шаг 2")
    await file_for(pyotr)
    await pyotr.presses("Продолжить")
    assert "Обращение по звонку" not in pyotr.reads("шаг 2").text


async def test_several_problems_of_one_caller_stay_his(lab, pyotr):
    await pyotr.writes(IVAN)
    await pyotr.writes("1. Не печатает принтер на стойке.\n2. В CRM не приходят отмены броней.")
    await pyotr.presses("Разделить")
    for _ in range(2):
        for label in ("Инцидент", "Оставить", "Пропустить", "Пропустить"):
            await pyotr.presses(label)
        if "шаг 6" in pyotr.last().text:
            await pyotr.presses("Пропустить")
        for label in ("Этот портал", "Отправить"):
            await pyotr.presses(label)
    for number in (1, 2):
        request = await lab.request(number)
        async with lab.db.reading() as tx:
            caller = await callers.caller_of(tx, lab.portal.id, request.id)
        assert caller == Caller("Иван Петров", "+79001234567")


# --- closing by phone ----------------------------------------------------------------------------------------


async def answered(lab, support):
    await file_for(support)
    thread = lab.bitrix.thread(NUMBER)
    await support.presses("Взять", at=thread)
    await support.presses("Ответ", at=thread)
    await support.writes("Заменили кабель", to=thread)
    assert (await lab.request()).status is Status.ANSWERED
    return thread


async def test_confirmed_by_phone_closes_and_says_who_heard_it(each_engine):
    lab = each_engine
    pyotr = lab.staff("2")
    thread = await answered(lab, pyotr)
    await lab.staff("3").presses("Подтверждено по телефону", at=thread)
    request = await lab.request()
    assert (request.status, request.closed_as) == (Status.CLOSED, ClosedAs.CONFIRMED)
    async with lab.scopes.reading(lab.portal.id) as scope:
        facts = await lab.requests.history(scope, request)
        lines = [lab.requests.cards.line(scope, fact) for fact in facts]
    heard = next(fact for fact in facts if fact.what == "confirmed_by_phone")
    assert heard.who_name == NAMES["3"]
    assert heard.at == lab.clock.now
    assert heard.text == "Иван Петров, +79001234567"
    assert any("Дарья Лебедева: подтверждено по телефону: Иван Петров, +79001234567" in one for one in lines)
    assert [fact.what for fact in facts][-3:] == ["confirmed_by_phone", "confirmed", "closed"]
    assert all("со слов заявителя" in one for one in lines[-2:])
    assert any("подтверждено по телефону" in said for said in lab.tasks.only.said)
    assert lab.tasks.only.status == "completed"
    assert not await lab.outbox("dead")


async def test_a_representative_still_closes(sqlite_url, clock, tmp_path):
    from domain.people import Grant, Role
    from storage import Database
    from tests.lab import GRANTS

    database = Database.open(sqlite_url)
    grants = {**GRANTS, "6": [Grant(Role.REPRESENTATIVE)]}
    lab = await open_lab(database, clock, tmp_path, representatives=("6",), grants=grants)
    thread = await answered(lab, lab.staff("2"))
    await lab.staff("2").presses("Подтверждено по телефону", at=thread)
    assert (await lab.request()).status is Status.COMPLETED
    igor = lab.staff("6")
    igor.sees(NUMBER)
    await igor.presses("Закрыть")
    assert (await lab.request()).status is Status.CLOSED
    await database.close()


async def test_not_solved_by_phone_wants_the_callers_words(lab, pyotr):
    thread = await answered(lab, pyotr)
    await pyotr.presses("Не решено (по телефону)", at=thread)
    pyotr.reads("что, по словам заявителя".capitalize(), at=thread)
    await pyotr.writes("Печатает через раз", to=thread)
    request = await lab.request()
    assert (request.status, request.round) == (Status.IN_PROGRESS, 2)
    async with lab.scopes.reading(lab.portal.id) as scope:
        last = (await lab.requests.history(scope, request))[-1]
        assert "со слов заявителя; записал Пётр Ким: Печатает через раз" in lab.requests.cards.line(
            scope, last
        )


async def test_a_question_is_answered_by_phone(lab, pyotr):
    await file_for(pyotr)
    thread = lab.bitrix.thread(NUMBER)
    await pyotr.presses("Запросить сведения", at=thread)
    await pyotr.writes("Какая модель?", to=thread)
    assert (await lab.request()).status is Status.WAITING
    await pyotr.presses("Ответил по телефону", at=thread)
    await pyotr.writes("отмена", to=thread)
    assert (await lab.request()).status is Status.WAITING
    await pyotr.presses("Ответил по телефону", at=thread)
    await pyotr.writes("Epson, куплен в мае", to=thread)
    request = await lab.request()
    assert request.status is Status.IN_PROGRESS
    assert (await lab.history())[-1] == "replied"


async def test_a_closed_one_can_be_reopened_by_phone(lab, pyotr):
    thread = await answered(lab, pyotr)
    await pyotr.presses("Подтверждено по телефону", at=thread)
    await pyotr.presses("Вернуть в работу (по телефону)", at=thread)
    await pyotr.writes("Опять не печатает", to=thread)
    assert (await lab.request()).status is Status.IN_PROGRESS


async def test_nobody_but_support_hears_callers(lab, pyotr, olga):
    thread = await answered(lab, pyotr)
    request = await lab.request()
    for person in (olga, lab.staff("1"), lab.staff("4")):
        for name in ("confirm", "object", "mine", "notmine"):
            await person.forges(f"c:{name}:{request.id}", at=thread)
            await person.forges(f"c:{name}:{request.id}")
    assert (await lab.request()).status is Status.ANSWERED


@pytest.mark.parametrize(
    "payload", ["c:confirm", "c:withdraw:1", "c:confirm:999", "c:confirm:x", "c::1", "c:1"]
)
async def test_forged_buttons_do_nothing(lab, pyotr, payload):
    await answered(lab, pyotr)
    await pyotr.forges(payload)
    assert (await lab.request()).status is Status.ANSWERED
    assert not await lab.dead_events()


async def test_who_has_a_messenger_confirms_himself(lab, pyotr, olga):
    from tests.lab import file_request

    await file_request(olga)
    thread = lab.bitrix.thread(NUMBER)
    await pyotr.presses("Взять", at=thread)
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Готово", to=thread)
    assert "Подтверждено по телефону" not in pyotr.sees(NUMBER, at=thread).labels
    await pyotr.forges(f"c:confirm:{(await lab.request()).id}", at=thread)
    assert (await lab.request()).status is Status.ANSWERED


# --- «Это были вы?» ------------------------------------------------------------------------------------------


def knows(lab, user_id, *phones, email=None):
    """The portal's directory has a colleague's phones."""
    lab.directory._users[user_id] = PortalUser(user_id, NAMES[user_id], email, phones=phones)


async def test_a_colleague_who_called_before_is_asked_and_gets_it(each_engine):
    lab = each_engine
    pyotr, olga = lab.staff("2"), lab.staff("5")
    await file_for(pyotr)
    knows(lab, "5", "8 (900) 123-45-67")
    await olga.writes("/help")  # her first word ever
    offer = olga.sees(NUMBER)
    assert "Это были вы?" in offer.text
    assert STORY not in offer.text  # what it is about is told to its owner only
    await olga.writes("/my")
    assert NUMBER not in olga.last().text

    await olga.presses("Да, это я")
    told = olga.sees("стало вашим")
    assert STORY in told.text
    assert not olga.sees("Это были вы?").buttons
    request = await lab.request()
    assert request.requester_id == (await lab.person("5")).id
    assert (await lab.history())[-1] == "claimed"
    thread = lab.bitrix.thread(NUMBER)
    card = pyotr.sees("Состояние", at=thread)
    assert "Ольга Иванова · Иван Петров, +79001234567" in card.text
    assert "заявитель получит" in card.text
    await pyotr.writes("Посмотрим сегодня", to=thread)
    olga.sees("Посмотрим сегодня")
    await pyotr.presses("Взять", at=thread)
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Готово", to=thread)
    await olga.presses("Решено")
    assert (await lab.request()).status in {Status.COMPLETED, Status.CLOSED}
    assert not await lab.outbox("dead")


async def test_no_means_no_and_is_not_asked_again(lab, pyotr, olga):
    await file_for(pyotr)
    knows(lab, "5", "+79001234567")
    await olga.writes("/help")
    await olga.presses("Нет")
    assert (await lab.request()).requester_id is None
    before = len(olga.messages())
    await lab.linked("5", "5001")
    assert len([m for m in olga.messages()[before:] if "Это были вы?" in m.text]) == 0
    await olga.forges(f"c:mine:{(await lab.request()).id}")
    assert (await lab.request()).requester_id is None


async def test_a_telegram_account_that_is_linked_later_is_asked_there(lab, pyotr, olga):
    await olga.writes("/help")
    await file_for(pyotr)
    knows(lab, "5", "+79001234567")
    in_telegram = await lab.linked("5", "5001")
    await lab.settle()
    in_telegram.sees("Это были вы?")
    await in_telegram.presses("Да, это я")
    assert (await lab.request()).requester_id == (await lab.person("5")).id


async def test_a_known_email_is_asked_at_once(lab, pyotr, olga):
    await olga.writes("/help")
    await file_for(pyotr, "/new for Ольга user5@hotel.example не печатает чек")
    olga.sees("Это были вы?")


async def test_other_phones_are_not_asked(lab, pyotr, olga):
    await file_for(pyotr)
    knows(lab, "5", "+79001234568", "", "нет")
    await olga.writes("/help")
    await lab.staff("6").writes("/help")  # nobody the directory knows
    olga.never_saw("Это были вы?")
    assert not await lab.outbox("dead")


async def test_the_first_of_two_gets_it(lab, pyotr, olga):
    await file_for(pyotr)
    knows(lab, "5", "+79001234567")
    knows(lab, "6", "+79001234567")
    igor = lab.staff("6")
    await olga.writes("/help")
    await igor.writes("/help")
    await olga.presses("Да, это я")
    await igor.presses("Да, это я")
    igor.reads("уже взял на себя другой")
    assert (await lab.request()).requester_id == (await lab.person("5")).id


async def test_a_report_of_a_violation_is_offered_to_nobody(lab, olga):
    forms = SiteForms(lab.scopes, lab.requests, consent_of("1", "Текст"), Limits())
    caller = Caller("Ольга", "+79001234567", violation=True)
    await forms.file(
        lab.portal.id, Submission("", "n" * 24, caller, "Звонили ночью", "127.0.0.1", forms.consent)
    )
    knows(lab, "5", "+79001234567")
    await olga.writes("/help")
    olga.never_saw("Это были вы?")


async def test_support_retypes_a_form_and_its_terms_follow(lab, pyotr):
    forms = SiteForms(lab.scopes, lab.requests, consent_of("1", "Текст"), Limits())
    caller = Caller("Иван", "+79001234567")
    await forms.file(lab.portal.id, Submission("", "n" * 24, caller, STORY, "127.0.0.1", forms.consent))
    await lab.settle()
    before = await lab.request()
    assert (before.type, before.priority) == (RequestType.SERVICE, Priority.NORMAL)
    async with lab.scopes.writing(lab.portal.id, await lab.known("2")) as scope:
        await lab.requests.set_type(scope, before.id, RequestType.PROBLEM)
    after = await lab.request()
    assert (after.type, after.priority) == (RequestType.PROBLEM, Priority.CRITICAL)
    assert after.due.solution < before.due.solution


async def test_only_what_a_caller_can_say_is_recorded(lab, pyotr):
    from domain.errors import Refused
    from domain.requests import Action

    await file_for(pyotr)
    request = await lab.request()
    async with lab.scopes.writing(lab.portal.id, await lab.known("2")) as scope:
        for action in (Action.CONFIRM, Action.OBJECT, Action.WITHDRAW, Action.TAKE):
            with pytest.raises(Refused):
                async with scope.attempt():
                    await Callers(lab.requests).said(scope, request.id, action, "так сказал")
    assert await lab.history() == ["filed"]
