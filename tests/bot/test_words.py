"""Plain words: for one waiting request, for several, for none; «Ответить»; labels typed instead of pressed."""

from tests.lab import STORY, file_request


async def ask(lab, pyotr, number=1, question="Какой отчёт?"):
    thread = lab.bitrix.thread(f"FB-2026-{number:06d}")
    await pyotr.presses("Запросить сведения", at=thread)
    await pyotr.writes(question, to=thread)
    return thread


async def test_one_waiting_request_takes_plain_words(lab, olga, pyotr):
    await file_request(olga)
    thread = await ask(lab, pyotr)
    assert "Какой отчёт?" in olga.reads("нужны сведения").text
    assert (await lab.request()).status == "waiting"
    await olga.writes("Отчёт о заездах")
    olga.reads("Передал поддержке по FB-2026-000001")
    pyotr.sees("Отчёт о заездах", at=thread)
    assert (await lab.request()).status == "in_progress"
    assert await lab.history() == ["filed", "asked", "replied"]


async def test_several_waiting_requests_are_offered_and_nothing_is_typed_twice(lab, olga, pyotr):
    for story in (STORY, "Принтер не печатает"):
        await file_request(olga, story)
    first, second = await ask(lab, pyotr, 1), await ask(lab, pyotr, 2, "Какой принтер?")
    await olga.writes("На стойке, HP")
    offered = olga.reads("Что сделать с этим сообщением?")
    assert offered.labels == [
        "Ответ по FB-2026-000002", "Ответ по FB-2026-000001", "Новое обращение", "Ничего",
    ]  # fmt: skip
    await olga.presses("Ответ по FB-2026-000002")
    assert olga.reads("Передал поддержке по FB-2026-000002").id == offered.id
    pyotr.sees("На стойке, HP", at=second)
    pyotr.never_saw("На стойке, HP", at=first)
    await olga.presses_old(offered, "Ответ по FB-2026-000001")
    assert "уже отработала" in olga.last().text
    pyotr.never_saw("На стойке, HP", at=first)


async def test_words_out_of_the_blue_become_a_request(lab, olga):
    await olga.writes(STORY)
    assert olga.reads("Что сделать").labels == ["Новое обращение", "Ничего"]
    await olga.presses("Новое обращение")
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
    assert (await lab.request()).description == STORY


async def test_words_out_of_the_blue_with_a_file(lab, olga):
    await olga.sends("экран.png", words=STORY)
    await olga.presses("Новое обращение")
    await olga.presses("Инцидент")
    await olga.presses("Оставить")
    assert "экран.png" in olga.reads("шаг 4").text


async def test_nothing_is_an_answer_too(lab, olga):
    await olga.writes("спасибо")
    offered = olga.last()
    await olga.writes("ничего.")
    olga.reads("Хорошо")
    await olga.presses_old(offered, "Новое обращение")
    olga.reads("уже отработала")


async def test_typed_later_the_label_is_the_command_again(lab, olga):
    await olga.writes("спасибо")
    await olga.presses("Ничего")
    await olga.writes("новое обращение")
    olga.reads("шаг 1")


async def test_an_older_question_does_not_take_the_newer_words(lab, olga):
    await olga.writes("первое")
    older = olga.last()
    await olga.writes("второе")
    newer = olga.last()
    await olga.presses_old(older, "Новое обращение")
    olga.reads("уже отработала")
    await olga.presses_old(newer, "Новое обращение")
    await olga.presses("Инцидент")
    assert "второе" in olga.sees("шаг 3").text.casefold()


async def test_reply_button_goes_before_the_waiting_request(lab, olga, pyotr):
    for story in (STORY, "Принтер не печатает"):
        await file_request(olga, story)
    second = await ask(lab, pyotr, 2)
    first = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("Смотрю первое", to=first)
    await olga.presses("Ответить")
    olga.reads("Напишите ответ по FB-2026-000001")
    await olga.writes("Жду")
    pyotr.sees("Жду", at=first)
    pyotr.never_saw("Жду", at=second)
    await olga.writes("HP LaserJet")
    pyotr.sees("HP LaserJet", at=second)


async def test_reply_can_be_cancelled(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("Смотрю", to=thread)
    for way in ("отмена", "/cancel", "назад"):
        await olga.presses("Ответить")
        await olga.writes(way)
        olga.reads("по FB-2026-000001 ничего не отправил")
    await olga.presses("Ответить")
    await olga.presses("Отмена")
    olga.reads("ничего не отправил")
    assert await lab.history() == ["filed", "support_wrote"]


async def test_files_go_with_the_reply(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("Пришлите экран", to=thread)
    await olga.presses("Ответить")
    await olga.sends("экран.png")
    olga.reads("Передал поддержке")
    assert lab.bitrix.at(thread)[-1].file.name == "экран.png"
    assert [file.name for file in lab.tasks.only.files] == ["экран.png"]
    pyotr.never_saw("<q></q>", at=thread)


async def test_a_file_too_large_for_a_reply_says_so(lab, olga, pyotr):
    await file_request(olga)
    await ask(lab, pyotr)
    huge = lab.bitrix.upload("видео.mp4", b"x", size=200 * 2**20)
    await olga.writes("вот видео", files=[huge])
    olga.reads("больше 100 МБ")
    assert (await lab.request()).status == "waiting"
    await olga.writes("видео не помещается")
    olga.reads("Передал поддержке")


async def test_a_reason_is_obligatory_and_a_picture_is_none(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Готово", to=thread)
    await olga.presses("Не решено")
    await olga.writes("  ")
    olga.reads("Жду ваш текст")
    await olga.sends("пусто.png")
    olga.reads("Жду ваш текст")
    await olga.writes("Всё ещё пусто")
    olga.reads("снова в работе")
    request = await lab.request()
    assert (request.status, request.round) == ("in_progress", 2)
    assert lab.bitrix.at(thread)[-1].file.name == "пусто.png"


async def answered(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.presses("Ответ", at=thread)
    await pyotr.writes("Готово", to=thread)
    olga.reads("Помогло?")
    return thread


async def test_labels_under_relayed_words_may_be_typed(lab, olga, pyotr):
    await answered(lab, olga, pyotr)
    await olga.writes("решено.")
    assert "Закрыть" in olga.reads("FB-2026-000001 завершено").labels
    await olga.writes("Закрыть")
    olga.reads("закрыто. Спасибо")
    assert (await lab.request()).closed_as == "confirmed"
    assert len([shown for shown in olga.messages() if "закрыто" in shown.text]) == 1
    await olga.writes("вернуть в работу")
    await olga.writes("опять не работает")
    assert (await lab.request()).round == 2


async def test_a_typed_label_that_fits_several_asks_which(lab, olga):
    for story in (STORY, "Принтер не печатает"):
        await file_request(olga, story)
    await olga.writes("отозвать")
    assert olga.reads("По какому обращению?").labels == ["FB-2026-000002", "FB-2026-000001"]
    await olga.presses("FB-2026-000001")
    assert (await lab.request(1)).closed_as == "withdrawn"
    assert (await lab.request(2)).status == "registered"


async def test_words_that_came_too_late_do_not_hold_the_person(lab, olga, pyotr):
    await file_request(olga)
    thread = lab.bitrix.thread("FB-2026-000001")
    await pyotr.writes("Смотрю", to=thread)
    await olga.presses("Ответить")
    await pyotr.forges("r:not_needed:1", at=thread)
    await pyotr.writes("дубль", to=thread)
    olga.sees("не требуется")
    await olga.writes("а у меня ещё вопрос")
    olga.reads("закрыто. Чтобы продолжить")
    await olga.writes("помощь")
    olga.reads("Что я умею")


async def test_asked_in_telegram_answered_in_telegram(lab, olga, pyotr):
    phone = await lab.linked("5", "5001")
    await file_request(phone)
    await ask(lab, pyotr)
    phone.reads("нужны сведения")
    await phone.writes("Отчёт о заездах")
    phone.reads("Передал поддержке")
    assert not olga.messages()
