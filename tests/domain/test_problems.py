"""The rules for several problems hold their promised precision and recall, and the traps stay closed."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.problems import Reason, find_problems, looks_like_new_question, propose_subject, propose_type
from domain.requests import RequestType
from tests.domain.measure_problems import boundary_score, load, message_score, type_share


@pytest.mark.parametrize("half", ["work", "held"])
def test_precision_and_recall(half):
    rows = load(half)
    for score in (message_score(rows), boundary_score(rows)):
        assert score.precision >= 0.9, f"{half}: {score}"
        assert score.recall >= 0.8, f"{half}: {score}"
    assert type_share(rows) >= 0.85


def test_the_set_is_what_its_readme_says():
    rows = load()
    several = sum(row["problems"] > 1 for row in rows)
    assert len(rows) >= 160
    assert 0.4 <= several / len(rows) <= 0.6
    assert all(len(row["starts"]) == row["problems"] - 1 for row in rows)
    assert len({row["text"] for row in rows}) == len(rows)


def texts(description):
    return [part.text for part in find_problems(description)]


def test_parts_read_well_by_themselves():
    assert texts(
        "Добрый день! Не создаётся сделка по брони 4512399. И ещё у нас не печатает принтер на стойке."
    ) == ["Не создаётся сделка по брони 4512399.", "У нас не печатает принтер на стойке."]
    assert texts("Здравствуйте, накопилось:\n1. Не приходят отмены.\n2) нет отчёта за ноябрь") == [
        "Не приходят отмены.",
        "Нет отчёта за ноябрь",
    ]
    assert texts("Hi! The bot is silent. Second, the printer prints blank pages.") == [
        "The bot is silent.",
        "The printer prints blank pages.",
    ]


def test_reasons():
    def reasons(description):
        return [part.reason for part in find_problems(description)][1:]

    assert reasons("Не приходят отмены. Кроме того, не печатает принтер.") == [Reason.OPENING]
    assert reasons("- не работает касса\n- нет вайфая в 305") == [Reason.LIST]
    assert reasons("Как отключить уведомления? И как добавить сотрудника?") == [Reason.QUESTION]
    assert reasons("Принтер жуёт бумагу. Вайфай в лобби отваливается.") == [Reason.OBJECT]
    assert reasons("Два вопроса. Почему пуст отчёт? Когда выйдет обновление?") == [Reason.ANNOUNCED]


@pytest.mark.parametrize(
    "description",
    [
        "Не открывается карточка. Шаги:\n1. Захожу в CRM\n2. Открываю контакт\n3. Появляется ошибка",
        "Задвоились контакты у следующих гостей:\n- Иванов\n- Петров\n- Сидорова",
        "Не работает бот. Также пробовали с телефона, перезагружали, не помогло.",
        "Упала синхронизация. Из-за этого не приходят брони, менеджеры не видят сделок.",
        "Бот не отвечает второй день. Ещё вчера утром всё работало.",
        "Принтер не печатает. Что делать?",
        "Ошибка в логе:\n2026-11-21 02:14:05 ERROR posting failed\n2026-11-21 02:14:06 ERROR rollback failed",
        "Описание: не проводятся начисления\nЛогин: restoran1\nПортал: grand.bitrix24.ru\nУсловия: касса, второй этаж",
        "Не грузится отчёт, пишет timeout. И так уже неделю.",
        "Добрый день! С уважением, Анна, тел. 8 900 123-45-67.",
        "The printer jams. We also tried another cable. Same result.",
        "ошибка",
    ],
)
def test_one_problem_told_at_length_stays_one(description):
    parts = find_problems(description)
    assert len(parts) == 1
    assert parts[0].text == description.strip()


def test_no_text_has_no_problem():
    assert find_problems("  \n ") == []


@pytest.mark.parametrize(
    "text",
    [
        "Ещё вопрос: как сменить язык?",
        "Спасибо, помогло. Другой вопрос: когда обновление?",
        "Кстати, принтер тоже сломался",
        "Another question: how do I export?",
        "Новая проблема — не печатает принтер",
        "И ещё у нас не работает касса",
        "By the way, the scanner is broken too",
    ],
)
def test_a_new_question_is_noticed(text):
    assert looks_like_new_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ещё раз проверили, не работает",
        "Добавляю скриншот",
        "Логин ivanova, портал grand",
        "И ещё один гость с той же ошибкой",
        "Также пробовали с телефона, то же самое",
        "Да, всё получилось, спасибо!",
        "Бронь 4512345, заезд 25 ноября",
        "Second attempt failed too",
    ],
)
def test_an_answer_is_no_new_question(text):
    assert not looks_like_new_question(text)


@pytest.mark.parametrize(
    ("description", "subject"),
    [
        (
            "Добрый день! Не создаётся сделка по брони 4512345. Гость Петров, заезд 25 ноября.",
            "Не создаётся сделка по брони 4512345",
        ),
        ("Подскажите, пожалуйста, как посмотреть заезды на завтра?", "Как посмотреть заезды на завтра?"),
        ("Hi team, the sync report is empty. Please check.", "The sync report is empty"),
        ("принтер", "Принтер"),
        ("", ""),
    ],
)
def test_subjects(description, subject):
    assert propose_subject(description) == subject


@pytest.mark.parametrize("row", load("work"), ids=lambda row: row["id"])
def test_every_subject_is_short_whole_and_in_the_persons_words(row):
    subject = propose_subject(row["text"])
    assert 5 <= len(subject) <= 80
    flat = " ".join(row["text"].split()).lower().replace(",", "")
    assert all(word in flat for word in subject.lower().rstrip("…").replace(",", "").split())


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("Не открывается карточка гостя", RequestType.INCIDENT),
        ("Полностью встала синхронизация, работать не можем, ошибка у всех", RequestType.PROBLEM),
        ("Подскажите, как добавить сотрудника?", RequestType.SERVICE),
        ("Просим добавить в сделку поле «Трансфер»", RequestType.DEVELOPMENT),
        ("Please add the guest's language to the arrivals list", RequestType.DEVELOPMENT),
        ("", RequestType.INCIDENT),
    ],
)
def test_types(description, kind):
    assert propose_type(description) is kind


PIECES = [
    "1. ",
    "- ",
    "И ещё ",
    "Не работает принтер",
    ". ",
    "\n",
    "? ",
    "Кроме того, ",
    "вайфай упал",
    "Спасибо",
    "а) ",
]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=14).map("".join)))
def test_any_text_falls_into_adjoining_parts_and_nothing_is_lost(text):
    parts = find_problems(text)
    assert bool(parts) == bool(text.strip())
    if parts:
        assert "".join(text[part.start : part.end] for part in parts) == text
    assert all(part.text for part in parts)
    assert len(propose_subject(text)) <= 80
    assert propose_type(text) in RequestType
    looks_like_new_question(text)


@pytest.mark.parametrize(
    "text", ["а " * 10_000, "1. " * 7_000, "." * 20_000, "не работает и " * 1_400, "ю" * 20_000]
)
def test_a_long_text_costs_no_seconds(text):
    started = process_time()
    find_problems(text)
    propose_subject(text)
    propose_type(text)
    assert process_time() - started < 3
