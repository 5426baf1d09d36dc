"""Commands: with a slash, by name, in the middle of a draft, in both languages."""

import pytest
from sqlalchemy import select

from domain.chat import IncomingKind
from storage import work_orders
from storage.tables import attachments
from tests.lab import HOTEL_GROUP, STORY, file_request

ANSWERS = [
    ("/help", "Команды можно писать и словами"),
    ("помощь.", "Команды можно писать и словами"),
    ("/start", "Команды можно писать и словами"),
    ("/my", "пока нет обращений"),
    ("Мои  обращения", "пока нет обращений"),
    ("/cancel", "Отменять нечего"),
    ("отмена", "Отменять нечего"),
    ("/request", "Укажите номер: /request FB-2026-000123"),
    ("/request FB-2026-000123", "Такого обращения нет"),
    ("обращение fb-2026-000123.", "Такого обращения нет"),
    ("/link", "/link"),
    ("привязать", "Код действует 10 минут"),
    ("/sync", "Синхронизацию запускают управляющие и поддержка"),
    ("/nonsense", "Команды /nonsense я не знаю"),
    ("/guest И", "хотя бы две буквы"),
    ("/room", "Укажите номер комнаты"),
    ("номер 305.", "В номере 305 сейчас никого"),
    ("гость Иванов", "По запросу «Иванов» никого не нашёл"),
    ("/arrivals 32.13", "Не понял дату «32.13»"),
    ("заезды", "Заезды, пт 20 ноября"),
    ("/departures завтра", "Выезды, сб 21 ноября"),
    ("Проживают!", "Проживают"),
]


async def test_every_command_answers_once(lab, olga):
    for n, (command, answer) in enumerate(ANSWERS, 1):
        await olga.writes(command)
        olga.reads(answer)
        assert len(olga.messages()) == n, command


ENGLISH = [
    ("/help", "What I can do"),
    ("help", "What I can do"),
    ("/my", "no requests yet"),
    ("my requests", "no requests yet"),
    ("/cancel", "Nothing to cancel"),
    ("/request", "/request FB-2026-000123"),
    ("request FB-2026-000123", "no such request"),
    ("/link", "/link"),
    ("/arrivals tomorrow", "Arrivals, Sat 21 Nov"),
]


async def test_and_in_english(lab):
    john = lab.staff("6", language="en")
    for command, answer in ENGLISH:
        await john.writes(command)
        shown = john.reads(answer).text.casefold().replace("русский", "")
        assert not any("а" <= letter <= "я" for letter in shown), command


async def test_both_languages_of_names_are_understood(lab, olga):
    await olga.writes("new request")
    olga.reads("шаг 1")


async def test_changing_the_language_in_the_middle(lab, olga):
    await olga.writes("/new")
    await olga.writes(STORY)
    await olga.writes("/lang")
    english = olga.reads("step 2 of 8")
    assert "Incident" in english.labels
    await olga.writes("incident")
    olga.reads("step 3")
    await olga.writes("/lang ru")
    olga.reads("шаг 3")


async def test_a_whole_request_in_english(lab):
    john = lab.staff("6", language="en")
    await john.writes("/new")
    await john.writes("The report of arrivals is empty since yesterday")
    for label in ("Incident", "Keep", "Skip", "Skip", "My login", "This portal", "Send"):
        await john.presses(label)
    john.reads("FB-2026-000001")
    # the desk reads its own language
    card = lab.bitrix.at(lab.bitrix.thread("FB-2026-000001"))[0]
    assert "Состояние: зарегистрировано" in card.text


async def test_a_command_in_the_middle_keeps_the_draft_and_says_so(lab, olga):
    await olga.writes("/new")
    await olga.writes(STORY)
    for command in ("/my", "/help", "/arrivals", "/nonsense"):
        await olga.writes(command)
        olga.reads("Черновик обращения сохранён")
        await olga.presses("Продолжить")
        olga.reads("шаг 2")
    await olga.writes("/request FB-2026-000009")  # a refusal undoes nothing either
    olga.reads("Такого обращения нет")
    await olga.writes("инцидент")
    olga.reads("шаг 3")


async def test_a_typed_command_in_the_middle_says_so_too(lab, olga):
    await olga.writes("/new")
    await olga.writes(STORY)
    await olga.writes("мои обращения")
    olga.sees("пока нет обращений")
    olga.reads("Черновик обращения сохранён")


async def test_typed_names_are_words_at_a_free_text_step(lab, olga):
    await olga.writes("/new")
    await olga.writes("заезды")
    olga.reads("шаг 2")
    await olga.writes("назад")
    await olga.writes("номер 305")
    await olga.writes("инцидент")
    assert "305" in olga.reads("шаг 3").text
    await olga.writes("мои обращения")  # a subject like any other
    olga.reads("шаг 4")
    await olga.writes("помощь")
    olga.sees("Что я умею")
    olga.reads("шаг 4")
    await olga.writes("Отмена.")
    olga.reads("Ничего не отправлено")


@pytest.mark.parametrize("words", ["номер 305 не закрывается", "гость жалуется?", "обращение срочное"])
async def test_a_name_at_the_head_of_a_sentence_is_no_command(lab, olga, words):
    await olga.writes(words)
    if words.startswith("гость"):
        olga.reads("никого не нашёл")  # «гость X» is the command
    else:
        olga.reads("Что сделать с этим сообщением?")


async def test_cancel_forgets_the_drafts_files(lab, olga):
    await olga.writes("/new")
    await olga.sends("паспорт.jpg")
    await olga.writes("/cancel")
    olga.reads("Ничего не отправлено")
    await olga.writes("/new")
    await olga.sends("паспорт.jpg")
    await olga.writes(STORY)
    await olga.writes("/new")
    await olga.presses("Начать заново")
    olga.reads("шаг 1")
    async with lab.db.reading() as tx:
        kept = (await tx.execute(select(attachments))).all()
    assert not kept


async def test_new_with_a_draft_asks_which(lab, olga):
    await olga.writes("/new")
    await olga.writes(STORY)
    await olga.writes("/new")
    olga.reads("начатое обращение")
    assert not [shown for shown in olga.messages() if "сохранён" in shown.text]
    await olga.writes("продолжить")
    olga.reads("шаг 2")


async def test_new_never_loses_a_parked_draft(lab, olga, pyotr):
    await file_request(olga)
    await olga.writes("/new")
    await olga.writes("Принтер на стойке не печатает счета")
    await pyotr.writes("Смотрю", to=lab.bitrix.thread("FB-2026-000001"))
    await olga.presses("Ответить")
    olga.reads("Напишите ответ")
    await olga.writes("/new")
    olga.reads("начатое обращение")
    await olga.presses("Продолжить")
    olga.reads("шаг 2")
    await olga.presses("Инцидент")
    olga.reads("шаг 3")


async def test_an_answer_in_the_middle_returns_to_the_draft(lab, olga, pyotr):
    await file_request(olga)
    await olga.writes("/new")
    await olga.writes("Принтер на стойке не печатает счета")
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("Какой отчёт?", to=thread)
    await olga.presses("Ответить")
    await olga.writes("/my")
    olga.reads("Жду ваш текст по FB-2026-000001")
    await olga.writes("Отчёт о заездах")
    pyotr.sees("Отчёт о заездах", at=thread)
    await olga.presses("Продолжить")
    olga.reads("шаг 2")


async def test_my_requests_open_first(lab, olga):
    for story in ("Принтер не печатает", "Отчёт пустой", "Не приходят отмены"):
        await file_request(olga, story)
    await olga.writes("/request FB-2026-000003")
    await olga.presses("Отозвать")
    await olga.writes("/my")
    lines = olga.reads("открытые — первыми").text.split("\n")[1:]
    assert ["FB-2026-000002" in lines[0], "FB-2026-000001" in lines[1], "FB-2026-000003" in lines[2]] == [
        True
    ] * 3
    assert "отозвано" in lines[2]
    await olga.presses("FB-2026-000002")
    assert "Отчёт пустой" in olga.last().text


async def test_a_request_is_shown_to_its_requester_and_the_desk_only(lab, olga, pyotr):
    await file_request(olga)
    await olga.writes("/request FB-2026-000001")
    card = olga.reads("История")
    assert set(card.labels) == {"Ответить", "Отозвать"}
    await pyotr.writes("/request fb-2026-000001")
    assert not pyotr.reads("История").buttons
    igor = lab.staff("6")
    await igor.writes("/request FB-2026-000001")
    igor.never_saw("История")
    assert igor.last().labels == ["У меня то же — присоединиться"]


async def test_a_card_in_a_group_only_where_it_belongs(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("/request FB-2026-000001", to=thread)
    pyotr.reads("История", at=thread)
    await pyotr.writes("/request FB-2026-000001", to=HOTEL_GROUP)
    pyotr.reads("в личном чате", at=HOTEL_GROUP)


async def test_linking_telegram(lab, olga):
    phone = lab.caller("5001", "Olga")
    await phone.writes("привет")
    phone.reads("Мы ещё не знакомы")
    await olga.writes("/link")
    code = olga.reads("Ваш код").text.split("<b>")[1].split("</b>")[0]
    await phone.writes(f"/link {code.lower()}")
    phone.reads("Готово, Ольга Иванова")
    await phone.writes("/my")
    phone.reads("пока нет обращений")
    await phone.writes("/link")
    phone.reads("уже привязан: Ольга Иванова")
    await phone.writes(f"/link {code}")
    phone.reads("Код не подошёл")


async def test_the_code_is_never_shown_in_a_group(lab, olga):
    await olga.writes("/link", to=HOTEL_GROUP)
    olga.reads("в личном чате", at=HOTEL_GROUP)


async def test_a_phone_that_passes_on_is_greeted_by_its_new_owner(lab, olga):
    phone = await lab.linked("5", "5001")
    igor = lab.staff("6")
    await igor.writes("/link")
    code = igor.reads("Ваш код").text.split("<b>")[1].split("</b>")[0]
    await phone.writes(f"/link {code}")
    phone.reads("Готово, Игорь Смирнов")


async def test_who_opens_the_bot_is_greeted_once(lab, olga):
    await olga.does(olga.event(IncomingKind.JOINED))
    assert olga.reads("Здравствуйте, Ольга").labels == ["Новое обращение", "Мои обращения"]
    await olga.does(olga.event(IncomingKind.JOINED, HOTEL_GROUP))
    assert not olga.messages(HOTEL_GROUP)


async def test_silent_events_are_passed_over(lab, olga):
    for kind in (IncomingKind.BLOCKED, IncomingKind.DELETED):
        await olga.does(olga.event(kind, message_id="7"))
    await olga.does(olga.event(IncomingKind.TEXT, message_id="7", text="помощь", edited=True))
    await olga.writes("обычный разговор", to=HOTEL_GROUP)
    assert not olga.messages()
    assert not olga.messages(HOTEL_GROUP)
    assert not await lab.dead_events()


async def test_sync_from_chat_shows_one_live_card(lab):
    marina = lab.staff("4")
    await marina.writes("синхронизация")
    marina.reads("поставлено в очередь")
    await marina.writes("/sync status")
    marina.reads("ещё ни одного")
    await marina.presses("Ошибки")
    marina.reads("ошибок нет")
    await marina.writes("/sync NOWHERE")
    marina.reads("Отеля «NOWHERE» не знаю. Есть: GRAND")


async def test_who_asks_while_a_sync_runs_watches_that_one(lab):
    async with lab.scopes.writing(lab.portal.id) as scope:
        running = await lab.syncs.order(scope, lab.portal.hotels[0], "full")
    marina = lab.staff("4")
    await marina.writes("/sync")
    card = marina.reads("поставлено в очередь")
    async with lab.scopes.reading(lab.portal.id) as scope:
        order = await work_orders.load(scope.tx, running)
    await lab.syncs.progress(order, {"phase": "deals", "done": 30, "total": 40})
    await lab.settle()
    shown = marina.reads("брони: 30 из 40")
    assert shown.id == card.id
    assert "75%" in shown.text
