"""Who called: read from what support typed in a hurry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.callers import NAME_LIMIT, Caller, is_caller, names_contact, read_caller, read_phone
from domain.chat import Channel
from domain.errors import Refused

PHONE = "+79001234567"


@pytest.mark.parametrize(
    ("typed", "caller", "rest"),
    [
        ("Иван Петров 8 900 123-45-67", Caller("Иван Петров", PHONE), ""),
        ("Иван Петров 8 900 123-45-67 не печатает чек", Caller("Иван Петров", PHONE), "не печатает чек"),
        ("Иван Петров, +7 (900) 123-45-67: нет отчёта", Caller("Иван Петров", PHONE), "нет отчёта"),
        ("Иван, тел. 89001234567\nне работает касса", Caller("Иван", PHONE), "не работает касса"),
        ("8-900-123-45-67 Мария, не открывается отчёт", Caller("Мария", PHONE), "не открывается отчёт"),
        ("8-900-123-45-67", Caller("", PHONE), ""),
        ("89001234567 вчера вечером перестал печатать принтер", Caller("", PHONE), "вчера вечером перестал печатать принтер"),
        ("Мария maria@hotel.ru", Caller("Мария", email="maria@hotel.ru"), ""),
        ("Мария Maria@Hotel.RU. Нет доступа", Caller("Мария", email="maria@hotel.ru"), "Нет доступа"),
        ("Ольга (+7 900 123-45-67, o@hotel.ru) просит отчёт", Caller("Ольга", PHONE, email="o@hotel.ru"), "просит отчёт"),
        ("Стойка 8 (495) 123-45-67 доб. 305 пусто", Caller("Стойка", "+74951234567", "305"), "пусто"),
        ("John Smith +49 30 1234567 no arrivals", Caller("John Smith", "+49301234567"), "no arrivals"),
    ],
)  # fmt: skip
def test_name_contact_and_the_rest(typed, caller, rest):
    assert read_caller(typed) == (caller, rest)


@pytest.mark.parametrize(
    "typed", ["", "Иван Петров", "номер 305", "счёт 1234567", "иван@", "@hotel.ru", "8 900"]
)
def test_nobody_to_call_back(typed):
    assert not names_contact(typed)
    with pytest.raises(Refused) as refused:
        read_caller(typed)
    assert refused.value.code == "caller-contact-needed"


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(typed):
    try:
        caller, rest = read_caller(typed)
    except Refused:
        return
    assert caller.phone or caller.email
    assert len(caller.name) <= NAME_LIMIT
    assert len(rest) <= len(typed) * 20  # normalising may write one letter as several
    assert Caller.from_form(caller.as_form()) == caller


@given(st.text(max_size=100))
def test_a_phone_is_e164_or_nothing(typed):
    found = read_phone(typed)
    assert found is None or (found[0][0] == "+" and found[0][1:].isdigit())


def test_what_a_form_keeps_is_what_it_gives_back():
    caller = Caller("Иван", PHONE, "12", "i@hotel.ru", violation=True)
    assert Caller.from_form({**caller.as_form(), "site": "GRAND", "consent_id": 1}) == caller
    assert caller.line == f"Иван, {PHONE} (12), i@hotel.ru"
    assert Caller(phone=PHONE).line == PHONE
    assert Caller().as_form() == {}


def test_a_caller_stops_being_one_with_an_account():
    assert is_caller(Channel.PHONE, None)
    assert is_caller(Channel.CALLBACK, None)
    assert not is_caller(Channel.CALLBACK, 5)
    assert not is_caller(Channel.BITRIX24, None)
