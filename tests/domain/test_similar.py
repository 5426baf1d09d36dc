"""The threshold of «Это оно»: pairs of hotel messages that are one problem, and pairs that only sound alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.similar import THRESHOLD, likeness, most_alike

SAME = [
    ("Не выгружаются заезды из Fidelio: второй день в CRM нет новых броней", "Заезды из фиделио не выгружаются, новых броней в CRM нет"),
    ("Принтер на стойке не печатает счета", "Не печатает принтер на стойке, счета гостям не выдать"),
    ("В CRM не приходят отмены броней", "Отмены бронирований не приходят в CRM со вчерашнего дня"),
    ("Бот не отвечает в Telegram", "Бот в телеграм не отвечает"),
    ("Дублируются контакты гостей после синхронизации", "После синхронизации контакты гостей задублировались"),
    ("Отчёт по загрузке пустой", "Пустой отчет по загрузке за ноябрь"),
    ("Телефоны гостей в карточке без кода страны", "В карточке гостя телефоны без кода страны"),
    ("Не могу войти в портал, пишет неверный пароль", "Портал не пускает: неверный пароль, войти не могу"),
    ("Сделки застряли на стадии проживает после выезда", "После выезда сделки остаются на стадии проживает"),
    ("Нужно добавить нового сотрудника службы приёма в бот", "Добавьте в бот нового сотрудника службы приема"),
    ("Синхронизация падает с ошибкой 503", "Ошибка 503, синхронизация упала"),
    ("Не грузится список проживающих", "Список проживающих не загружается у всех на стойке"),
    ("The front desk printer does not print invoices", "Printer at the front desk doesn't print invoices"),
    ("Arrivals from Fidelio are missing in the CRM", "Missing arrivals in CRM, nothing from Fidelio"),
    ("Cancelled reservations are not updated in Bitrix24", "Reservations cancelled in Fidelio are not updated in bitrix"),
]  # fmt: skip
OTHER = [
    ("Принтер на стойке не печатает счета", "В CRM не приходят отмены броней"),
    ("Не выгружаются заезды из Fidelio", "Не могу войти в портал"),
    ("Как добавить сотрудника?", "Как удалить отчёт?"),
    ("Отчёт по загрузке пустой", "Отчёт по выручке считает в долларах, а не в рублях"),
    ("Бот не отвечает в Telegram", "Бот присылает уведомления дважды"),
    ("Не печатает принтер в бухгалтерии", "Сканер в бухгалтерии не сканирует в папку"),
    ("Телефоны гостей без кода страны", "Даты рождения гостей не показываются"),
    ("Синхронизация падает с ошибкой 503", "Синхронизация длится два часа вместо десяти минут"),
    ("Сделки застряли на стадии проживает", "Сделки создаются без суммы"),
    ("Нужен доступ новому сотруднику", "Нужен отчёт по каналам продаж"),
    ("Принтер", "Принтер на стойке не печатает счета, а в Fidelio всё видно"),
    ("Не работает", "Не работает выгрузка заездов из Fidelio"),
    ("Здравствуйте, помогите пожалуйста", "Здравствуйте, пожалуйста помогите с отчётом"),
    ("The printer at the front desk is out of toner", "Arrivals from Fidelio are missing"),
    ("How do I add an employee?", "How do I export the report to Excel?"),
    ("Guest phones have no country code", "Guest birthdays are missing"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_problem_told_twice_is_found(one, other):
    assert likeness(one, other) >= THRESHOLD


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_problems_stay_two(one, other):
    assert likeness(one, other) < THRESHOLD


WORDS = st.text("абвгд eprinter23 ", max_size=40)


@given(WORDS, WORDS)
def test_likeness_is_symmetric_and_a_share(one, other):
    assert likeness(one, other) == pytest.approx(likeness(other, one))
    assert 0.0 <= likeness(one, other) <= 1.0 + 1e-9


def test_the_likest_come_first_and_no_more_than_asked():
    candidates = [(pair[1], n) for n, pair in enumerate([*OTHER, *SAME])]
    found = most_alike(SAME[0][0], candidates, limit=2)
    assert found[0][1] == len(OTHER)
    assert len(found) <= 2
    assert not most_alike("", candidates)
