"""The desk in conversation: variants, changes, joining, merging, withdrawing, templates, outages, one problem."""

import pytest

from tests.lab import HOTEL_GROUP, STORY, file_request

NUMBER, OTHER = "FB-2026-000001", "FB-2026-000002"
PRINTER = "Принтер на стойке не печатает счета"


@pytest.fixture
def thread(lab):
    return lambda number=NUMBER: lab.bitrix.thread(number)


@pytest.fixture
def igor(lab):
    """A colleague of the requester."""
    return lab.staff("6")


async def answered(olga, pyotr, thread, words="Обновили модуль, проверьте"):
    await file_request(olga)
    await pyotr.writes(f"/answer {words}", to=thread())
    olga.reads(words)


# --- variants ------------------------------------------------------------------------------------------------


async def test_variants_come_as_buttons_and_the_choice_is_recorded(lab, olga, pyotr, thread):
    await file_request(olga)
    await pyotr.presses("Варианты", at=thread())
    pyotr.reads("списком", at=thread())
    await pyotr.writes("перезагрузим и подождём", to=thread())
    pyotr.reads("Нужен список", at=thread())
    await pyotr.writes("Можно так:\n1. Обновить ночью\n2. Обновить сейчас", to=thread())
    offered = olga.reads("есть варианты")
    assert offered.labels[:2] == ["1. Обновить ночью", "2. Обновить сейчас"]
    assert (await lab.request()).waiting_for == "choice"
    assert "ждёт выбора варианта" in lab.bitrix.at(thread())[0].text
    await olga.presses("2. Обновить сейчас")
    assert "Обновить сейчас" in olga.sees("Выбран вариант").text
    assert not olga.sees("Выбран вариант").labels  # the question turned into its answer
    pyotr.sees("вариант выбран: 2. Обновить сейчас", at=thread())
    assert (await lab.request()).status == "in_progress"
    assert await lab.history() == ["filed", "offered", "chosen"]
    assert any("Обновить сейчас" in words for words in lab.tasks.only.said)
    await olga.presses_old(offered, "1. Обновить ночью")
    olga.sees("Этот выбор уже сделан")
    assert await lab.history() == ["filed", "offered", "chosen"]


@pytest.mark.parametrize("words", ["2", "Вариант 2", "2.", "обновить Сейчас."])
async def test_a_choice_may_be_typed(lab, olga, pyotr, thread, words):
    await file_request(olga)
    await pyotr.writes("/options 1. Обновить ночью 2. Обновить сейчас", to=thread())
    await olga.writes(words)
    olga.sees("Выбран вариант")
    assert (await lab.history())[-1] == "chosen"


async def test_other_words_answer_an_offer_too(lab, olga, pyotr, thread):
    await file_request(olga)
    await pyotr.writes("/options 1. Ночью 2. Сейчас", to=thread())
    await olga.writes("А можно завтра утром?")
    pyotr.sees("завтра утром", at=thread())
    assert (await lab.history())[-1] == "replied"


async def test_an_offer_is_the_requesters_to_choose(lab, olga, pyotr, igor, thread):
    await file_request(olga)
    await pyotr.writes("/options 1. Ночью 2. Сейчас", to=thread())
    action = olga.last().buttons[0].action
    for person in (pyotr, igor):
        await person.forges(action)
        assert "Это может заявитель" in person.last().text
    assert (await lab.history())[-1] == "offered"


# --- answering, confirming, objecting -------------------------------------------------------------------------


async def test_solved_under_still_broken_asks_once_more(lab, olga, pyotr, thread):
    await answered(olga, pyotr, thread)
    await olga.writes("Отчёт всё ещё пустой")
    asked = olga.reads("Вернуть FB-2026-000001 в работу с этой причиной?")
    assert asked.labels == ["Не решено", "Решено"]
    pyotr.sees("Отчёт всё ещё пустой", at=thread())
    await olga.presses("Решено")
    doubt = olga.reads("Точно решено?")
    assert "всё ещё пустой" in doubt.text
    assert (await lab.request()).status == "answered"
    await olga.presses("Да, решено")
    assert (await lab.request()).status == "completed"


async def test_not_solved_takes_the_words_as_the_reason(lab, olga, pyotr, thread):
    await answered(olga, pyotr, thread)
    await olga.writes("Решено, но заезды так и не появились")
    olga.reads("Точно решено?")
    await olga.presses("Не решено")
    request = await lab.request()
    assert (request.status, request.round) == ("in_progress", 2)
    pyotr.sees("не решено: Решено, но заезды так и не появились", at=thread())


async def test_solved_with_thanks_is_solved(lab, olga, pyotr, thread):
    await answered(olga, pyotr, thread)
    await olga.writes("Решено, спасибо большое!")
    assert (await lab.request()).status == "completed"
    pyotr.sees("спасибо большое", at=thread())


async def test_a_refused_move_says_why_and_what_is_possible(lab, olga, pyotr, thread):
    await file_request(olga)
    await olga.forges("r:confirm:1")
    assert "зарегистрировано" in olga.last().text
    assert "Отозвать" in olga.last().text
    await pyotr.writes("/solved", to=thread())
    assert "Можно" in pyotr.last(thread()).text or "можно" in pyotr.last(thread()).text
    await olga.writes(f"/take {NUMBER}")
    assert "только поддержка" in olga.last().text


# --- by command -----------------------------------------------------------------------------------------------


async def test_the_whole_life_by_commands(lab, olga, pyotr, thread):
    await file_request(olga)
    for command, status in (
        ("/take", "in_progress"),
        ("/ask Какой отчёт?", "waiting"),
    ):
        await pyotr.writes(command, to=thread())
        assert (await lab.request()).status == status
    await olga.writes("Отчёт о заездах")
    await pyotr.writes("/answer Починили", to=thread())
    await olga.writes("/unsolved Пусто")
    assert (await lab.request()).round == 2
    await pyotr.writes(f"/answer {NUMBER} Теперь точно")
    await olga.writes("/solved")
    assert (await lab.request()).status == "completed"
    await olga.writes("/close")
    assert (await lab.request()).closed_as == "confirmed"
    await olga.writes("/reopen Снова пусто")
    request = await lab.request()
    assert (request.status, request.round) == ("in_progress", 3)
    await olga.writes("/withdraw")
    assert (await lab.request()).closed_as == "withdrawn"
    assert await lab.history() == [
        "filed", "taken", "asked", "replied", "answered", "objected", "answered", "confirmed", "closed",
        "reopened", "withdrawn",
    ]  # fmt: skip


async def test_a_command_for_one_of_several_asks_which(lab, olga):
    await file_request(olga)
    await file_request(olga, PRINTER)
    await olga.writes("/withdraw")
    assert set(olga.reads("к какому").labels if "к какому" in olga.last().text else olga.last().labels) == {
        NUMBER, OTHER,
    }  # fmt: skip
    await olga.presses(OTHER)
    assert (await lab.request(2)).closed_as == "withdrawn"
    assert (await lab.request(1)).is_open


async def test_supports_commands_outside_a_thread_want_a_number(lab, olga, pyotr):
    await file_request(olga)
    await pyotr.writes("/take")
    assert "Укажите номер" in pyotr.last().text
    await pyotr.writes("/take", to=HOTEL_GROUP)
    assert "в теме обращения" in pyotr.last(HOTEL_GROUP).text


# --- changes --------------------------------------------------------------------------------------------------


async def test_priority_is_changed_with_a_reason_and_moves_the_deadline(lab, olga, pyotr, thread):
    await file_request(olga)
    before = await lab.request()
    await pyotr.presses("Приоритет", at=thread())
    assert "Высокий" not in pyotr.reads("На какой сменить", at=thread()).labels
    await pyotr.presses("Низкий", at=thread())
    pyotr.reads("Почему?", at=thread())
    await pyotr.writes("Можно обойтись выгрузкой вручную", to=thread())
    after = await lab.request()
    assert (before.priority, after.priority) == ("high", "low")
    assert after.due.solution > before.due.solution
    told = olga.reads("Приоритет обращения")
    assert "низкий" in told.text
    assert "вручную" in told.text
    assert "priority" in await lab.history()
    assert lab.tasks.only.deadline == after.due.solution


async def test_priority_by_command_wants_a_reason_too(lab, olga, pyotr, thread):
    await file_request(olga)
    await pyotr.writes("/priority критический", to=thread())
    pyotr.reads("Почему?", at=thread())
    await pyotr.writes("Стоит весь отель", to=thread())
    assert (await lab.request()).priority == "critical"
    await pyotr.writes("/priority низкий Всё уже не срочно", to=thread())
    assert (await lab.request()).priority == "low"


async def test_handing_over(lab, olga, pyotr, darya, thread):
    await file_request(olga)
    await lab.known("3")
    await pyotr.presses("Взять", at=thread())
    await pyotr.presses("Ещё", at=thread())
    await pyotr.presses("Передать", at=thread())
    await pyotr.presses("Дарья Лебедева", at=thread())
    assert (await lab.request()).responsible_id == (await lab.person("3")).id
    assert lab.tasks.only.responsible_id == "3"
    olga.reads("теперь занимается Дарья Лебедева")
    darya.sees("Вам передали")
    await darya.writes("/handover Пётр", to=thread())
    assert (await lab.request()).responsible_id == (await lab.person("2")).id


async def test_words_for_a_change_never_reach_the_requester(lab, olga, pyotr, thread):
    await file_request(olga)
    await pyotr.presses("Приоритет", at=thread())
    await pyotr.writes("низкий", to=thread())
    pyotr.reads("Почему?", at=thread())
    olga.never_saw("низкий")
    await pyotr.writes("отмена", to=thread())
    assert await lab.history() == ["filed"]


# --- threads --------------------------------------------------------------------------------------------------


async def test_withdrawing_takes_task_and_threads_with_it(forum, monkeypatch):
    lab = forum
    olga, topic = lab.staff("5"), None
    await file_request(olga)
    place, topic = lab.bitrix.thread(NUMBER), lab.telegram.thread(NUMBER)
    await olga.writes("/withdraw")
    assert lab.bitrix.closed == {place}
    assert lab.telegram.closed == {topic}
    assert lab.bitrix.threads[place].startswith(f"{NUMBER} · отозвано")
    task = lab.tasks.only
    assert task.status == "completed"
    assert "withdrawn" in task.tags
    assert any("отозвано" in words for words in task.said)
    assert "обращение отозвано" in lab.telegram.at(topic)[-1].text
    assert not lab.bitrix.at(place)[0].buttons
    await olga.writes("/reopen Всё-таки нужно")
    assert not lab.bitrix.closed
    assert not lab.telegram.closed
    assert lab.bitrix.threads[place].startswith(f"{NUMBER} · Не выгружаются")
    assert lab.bitrix.at(place)[0].buttons


# --- one problem ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "И ещё вопрос: как добавить нового сотрудника в бот?",
        "Отчёт о заездах пустой. Ещё принтер на стойке не печатает счета.",
    ],
)
async def test_another_question_is_offered_a_request_of_its_own(lab, olga, pyotr, thread, words):
    await file_request(olga)
    await pyotr.writes("/ask Какой отчёт?", to=thread())
    await olga.writes(words)
    offer = olga.reads("новый вопрос")
    assert offer.labels == ["Отдельное обращение", "Оставить здесь"]
    pyotr.sees(words, at=thread())  # offered, never forced: support has the words already
    await olga.presses("Отдельное обращение")
    olga.reads("шаг 2")
    for label in (
        "Инцидент",
        "Оставить",
        "Пропустить",
        "Пропустить",
        "Мой логин",
        "Этот портал",
        "Отправить",
    ):
        await olga.presses(label)
    olga.reads(f"{OTHER} зарегистрировано")
    await olga.writes(f"/request {OTHER}")
    olga.reads(f"Связанные обращения: {NUMBER}")
    assert "Какой отчёт" not in (await lab.request(2)).description


async def test_it_stays_where_the_requester_wants_it(lab, olga, pyotr, thread):
    await file_request(olga)
    await pyotr.writes("/ask Какой отчёт?", to=thread())
    await olga.writes("И ещё вопрос: как добавить нового сотрудника?")
    await olga.presses("Оставить здесь")
    assert len(lab.tasks.kept) == 1


SAME = "Заезды из Fidelio не выгружаются, новых броней в CRM нет второй день"


async def test_joining_adds_a_vote_and_facts_but_no_copy(lab, olga, pyotr, igor, thread):
    await file_request(olga)
    await igor.writes("/new")
    await igor.writes(SAME + ", пароль: qwerty123")
    known = igor.reads("Похоже, это уже известно")
    assert NUMBER in known.text
    assert known.labels == ["Это оно — присоединиться", "Другое — продолжить", "Назад", "Отмена"]
    await igor.presses("Это оно — присоединиться")
    igor.reads(f"Вы присоединились к {NUMBER}".replace(NUMBER, f"<b>{NUMBER}</b>"))
    request = await lab.request()
    assert request.votes == 1
    assert len(lab.tasks.kept) == 1
    said = pyotr.sees("у меня то же", at=thread())
    assert "второй день" in said.text
    assert "qwerty123" not in said.text
    assert "Присоединились: 1" in lab.bitrix.at(thread())[0].text
    await pyotr.writes("/answer Починили выгрузку", to=thread())
    igor.reads("дан ответ")
    assert not igor.last().buttons


async def test_something_else_goes_on_to_filing(lab, olga, igor):
    await file_request(olga)
    await igor.writes("/new")
    await igor.writes(SAME)
    await igor.presses("Другое — продолжить")
    igor.reads("шаг 2")
    await igor.presses("Назад")
    igor.reads("шаг 1")


async def test_ones_own_request_gets_the_words_and_no_vote(lab, olga, pyotr, thread):
    await file_request(olga)
    await olga.writes("/new")
    await olga.writes(SAME)
    await olga.presses("Это оно — присоединиться")
    olga.reads("Это ваше обращение")
    assert (await lab.request()).votes == 0
    pyotr.sees(SAME, at=thread())


async def test_a_colleague_sees_what_it_is_about_and_may_join(lab, olga, igor):
    await file_request(olga)
    await igor.writes(f"/request {NUMBER}")
    summary = igor.last()
    assert "История" not in summary.text
    await igor.presses("У меня то же — присоединиться")
    igor.reads("Вы присоединились")
    await igor.forges("r:join:1")
    igor.reads("Вы уже присоединились")
    assert (await lab.request()).votes == 1


async def test_merging_takes_people_and_votes_along(lab, olga, pyotr, igor, thread):
    darya = lab.staff("3")
    await file_request(olga)
    await file_request(igor, PRINTER)
    await darya.writes(f"/request {OTHER}")
    await lab.staff("4").forges("r:join:2")
    await pyotr.presses("Ещё", at=thread(OTHER))
    await pyotr.presses("Объединить", at=thread(OTHER))
    await pyotr.writes(OTHER, to=thread(OTHER))
    assert "это оно и есть" in pyotr.last(thread(OTHER)).text
    await pyotr.writes(NUMBER, to=thread(OTHER))
    merged, target = await lab.request(2), await lab.request(1)
    assert (merged.status, merged.closed_as, merged.merged_into) == ("closed", "merged", target.id)
    assert target.votes == 2
    igor.sees(f"объединено с другим: {NUMBER}")
    assert thread(OTHER) in lab.bitrix.closed
    pyotr.sees("не печатает счета", at=thread())
    await pyotr.writes("/answer Починили", to=thread())
    igor.reads("дан ответ")
    lab.staff("4").reads("дан ответ")
    await igor.writes(f"/reopen {OTHER} снова")
    igor.reads("объединено с другим — напишите в то, основное")
    await pyotr.writes("/merge FB-2026-000002", to=thread())
    assert "закрыто — объединить можно с открытым" in pyotr.last(thread()).text


# --- templates and outages ------------------------------------------------------------------------------------


async def test_templates_are_kept_listed_and_used_in_a_thread(lab, olga, pyotr, darya, thread):
    await file_request(olga)
    await pyotr.writes("/template add Перезапуск\n%имя%, по %номер% перезапустите выгрузку")
    pyotr.reads("Шаблон «Перезапуск» сохранён")
    await olga.writes("/template")
    olga.reads("Это может поддержка")
    await darya.presses("Ещё", at=thread())
    await darya.presses("Шаблоны", at=thread())
    await darya.presses("Перезапуск", at=thread())
    darya.reads("Ольга Иванова, по FB-2026-000001 перезапустите", at=thread())
    await darya.presses("Отправить", at=thread())
    olga.reads("перезапустите выгрузку")
    assert await lab.history() == ["filed", "support_wrote"]
    await darya.writes("/template пере", to=thread())
    await darya.presses("Отправить как ответ", at=thread())
    assert (await lab.request()).status == "answered"
    await pyotr.writes("/template delete перезапуск")
    await pyotr.writes("/template")
    pyotr.reads("Шаблонов пока нет")


async def test_an_outage_is_shown_before_filing_and_its_end_is_told(lab, olga, pyotr, igor):
    await igor.writes("/outage всё сломалось")
    igor.reads("Это может поддержка")
    await pyotr.writes("/outage Не приходят брони из Fidelio, чиним")
    declared = pyotr.reads("Сбой объявлен")
    await igor.writes("/new")
    assert "Не приходят брони из Fidelio" in igor.reads("шаг 1").text
    await igor.presses("Это оно — присоединиться")
    igor.reads("задел и вас")
    assert not lab.tasks.kept
    await olga.writes("/new Из Fidelio не приходят брони")
    assert "Известный сбой" in olga.reads("уже известно").text
    await olga.presses("Это оно — присоединиться")
    await pyotr.presses_old(declared, "Сбой закончился")
    igor.reads("устранён")
    olga.reads("устранён")
    await igor.writes("/new")
    assert "Сейчас известно" not in igor.reads("шаг 1").text
    await pyotr.writes("/outage")
    pyotr.reads("Известных сбоев нет")


async def test_an_outage_of_a_thread_collects_votes_for_its_request(lab, olga, pyotr, igor, thread):
    await file_request(olga)
    await pyotr.writes("/outage Выгрузка стоит", to=thread())
    await igor.writes("/new")
    await igor.presses("Это оно — присоединиться")
    igor.reads(NUMBER)
    assert (await lab.request()).votes == 1


# --- secrets --------------------------------------------------------------------------------------------------


async def test_secrets_are_blanked_and_told_wherever_words_are_stored(lab, olga, pyotr, thread):
    await file_request(olga)
    await pyotr.writes("Попробуйте пароль: qwerty123", to=thread())
    pyotr.reads("скрыл", at=thread())
    await pyotr.writes("// логин/пароль: admin/qwerty123", to=thread())
    await pyotr.writes("/ask Пароль от ПМС: qwerty123?", to=thread())
    await olga.writes("Наш пароль: qwerty123")
    assert "скрыл" in olga.last().text
    await pyotr.writes("/template add Вход\nпароль: qwerty123")
    assert "скрыл" in pyotr.last().text
    await pyotr.writes("/outage Вход: пароль: qwerty123")
    await pyotr.writes("/priority низкий пароль: qwerty123 не срочно", to=thread())
    await olga.writes("/withdraw")
    for messenger in (lab.bitrix, lab.telegram):
        assert not [one for one in messenger.messages.values() if "qwerty123" in one.text]
    assert not [words for words in lab.tasks.only.said if "qwerty123" in words]
    async with lab.db.reading() as tx:
        from storage import request_history, templates

        for fact in await request_history.history(tx, lab.portal.id, 1):
            assert "qwerty123" not in fact.text
        for template in await templates.listed(tx, lab.portal.id):
            assert "qwerty123" not in template.text
    assert STORY in (await lab.request()).description
