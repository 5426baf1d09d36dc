"""Contacts as receptions type them come out comparable, and nothing made up comes out real."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.contacts import (
    EmailKind,
    Phone,
    classify_email,
    display_name,
    e164_list,
    name_key,
    parse_emails,
    parse_phones,
)

quick = settings(max_examples=150, deadline=None)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("8 (900) 123-45-67", ["+79001234567"]),
        ("+7 900 123 45 67", ["+79001234567"]),
        ("79001234567", ["+79001234567"]),
        ("9001234567", ["+79001234567"]),
        ("8-900-123-45-67, 8-911-765-43-20", ["+79001234567", "+79117654320"]),
        ("+79001234567/+79117654320", ["+79001234567", "+79117654320"]),
        ("+79001234567 +79117654320", ["+79001234567", "+79117654320"]),
        ("8900123456789117654320", ["+79001234567", "+79117654320"]),
        ("8 900 123 45 67 или 8 911 765 43 20", ["+79001234567", "+79117654320"]),
        ("89001234567; 89001234567", ["+79001234567"]),
        ("моб. 8 900 123-45-67 (муж)", ["+79001234567"]),
        ("8 495 123-45-69 доб. 204", ["+74951234569"]),
        ("+49 30 901820", ["+4930901820"]),
        ("4930901820123", ["+4930901820123"]),
        ("+1 (212) 736-5000", ["+12127365000"]),
        ("810 49 30 901820", ["+4930901820"]),
        ("375291234568", ["+375291234568"]),
        ("", []),
        ("нет", []),
        ("123-45-67", []),
        ("0000000", []),
        ("+7 000 000-00-00", []),
        ("+7 999 999-99-99", []),
        ("1111111", []),
        ("81234567890", []),
        ("см. комментарий", []),
    ],
)
def test_phones(raw, expected):
    assert e164_list(raw) == expected


def test_extension_region_and_stop_list():
    assert parse_phones("8 495 123-45-69 доб. 204") == (Phone("+74951234569", "204"),)
    assert parse_phones("+7 495 123-45-69 ext 15, 89001234568") == (
        Phone("+74951234569", "15"),
        Phone("+79001234568"),
    )
    assert e164_list("030 901820", region="DE") == ["+4930901820"]
    assert e164_list("8 495 123-45-69", stop={"+74951234569"}) == []


@quick
@given(
    st.integers(0, 9_999_999), st.sampled_from(["8{}", "+7{}", "7{}", "{}", "8 ({0:.3}) {0}", "тел. +7-{}"])
)
def test_every_spelling_of_a_mobile_gives_one_number(tail, form):
    national = f"905{tail:07d}"
    written = form.replace("({0:.3}) {0}", f"({national[:3]}) {national[3:]}").format(national)
    dummy = len(set(national[-7:])) == 1
    assert e164_list(written) == ([] if dummy else ["+7" + national])


@quick
@given(st.text(max_size=60))
def test_any_text_gives_only_e164_and_the_same_again(raw):
    found = e164_list(raw)
    assert all(number.startswith("+") and 7 <= len(number) - 1 <= 15 for number in found)
    assert e164_list(", ".join(found)) == found


@pytest.mark.parametrize(
    ("raw", "address", "kind"),
    [
        ("Ivanov@Mail.RU", "ivanov@mail.ru", EmailKind.REAL),
        ("  anna.volkova@gmail.com. ", "anna.volkova@gmail.com", EmailKind.REAL),
        ("mailto:anna@yandex.ru", "anna@yandex.ru", EmailKind.REAL),
        ("ivаnov@mаil.ru", "ivanov@mail.ru", EmailKind.REAL),  # Cyrillic а twice
        ("petrov@mail,ru", "petrov@mail.ru", EmailKind.REAL),
        ("jsmit.123456@guest.booking.com", "jsmit.123456@guest.booking.com", EmailKind.ALIAS),
        ("abc@m.expediapartnercentral.com", "abc@m.expediapartnercentral.com", EmailKind.ALIAS),
        ("x1@agoda-messaging.com", "x1@agoda-messaging.com", EmailKind.ALIAS),
        ("no@mail.ru", "no@mail.ru", EmailKind.DUMMY),
        ("test@test.ru", "test@test.ru", EmailKind.DUMMY),
        ("aaaa@bk.ru", "aaaa@bk.ru", EmailKind.DUMMY),
        ("guest1@example.com", "guest1@example.com", EmailKind.DUMMY),
        ("нет", "нет", EmailKind.INVALID),
        ("ivanov@", "ivanov@", EmailKind.INVALID),
        ("ivanov@mail", "ivanov@mail", EmailKind.INVALID),
        ("ivan..ov@mail.ru", "ivan..ov@mail.ru", EmailKind.INVALID),
    ],
)
def test_emails(raw, address, kind):
    (email,) = parse_emails(raw)
    assert (email.address, email.kind) == (address, kind)


def test_several_addresses_and_the_hotels_own():
    found = parse_emails("Анна <anna@ya.ru>; front@hotel.ru, ANNA@ya.ru", stop={"front@hotel.ru"})
    assert [(email.address, email.kind.value) for email in found if email.kind is not EmailKind.INVALID] == [
        ("anna@ya.ru", "real"),
        ("front@hotel.ru", "dummy"),
    ]


@quick
@given(st.text(max_size=40))
def test_a_real_address_is_stable(raw):
    for email in parse_emails(raw + "@mail.ru"):
        if email.kind is EmailKind.REAL:
            assert classify_email(email.address) == email


@pytest.mark.parametrize(
    "spellings",
    [
        [
            "Щербакова Юлия",
            "IULIIA SHCHERBAKOVA",
            "Yuliya Scherbakova",
            "Shcherbakova, Julia",
            "Sherbakova Yulia",
        ],
        ["Фёдоров Пётр", "Федоров Петр", "Fedorov Petr", "FYODOROV PYOTR"],
        ["Дмитрий", "Dmitry", "Dmitrii", "Dmitriy", "Dmitri"],
        ["Наталья", "Natalia", "Natalya", "Nataliia", "Natalja"],
        ["Елена Хабарова", "Yelena Habarova", "Elena Khabarova", "Mrs. Elena KHABAROVA"],
        ["Цой Алексей", "Tsoy Alexey", "Tsoi Aleksei"],
        ["Müller Jörg", "MULLER JORG"],
        ["Салтыков-Щедрин", "Saltykov Shchedrin"],
    ],
)
def test_spellings_of_one_name_share_a_key(spellings):
    assert len({name_key(spelling) for spelling in spellings}) == 1
    assert name_key(spellings[0])


def test_different_people_have_different_keys():
    people = ["Иванов Иван", "Иванова Анна", "Петров Иван", "Smith John", "Smyth Joan", "Сергеев", "Сергей"]
    assert len({name_key(person) for person in people}) == len(people)


@quick
@given(st.lists(st.text(alphabet="абвгдеёжзийклмнопрстуфхцчшщъыьэюя", min_size=1, max_size=9), max_size=4))
def test_the_key_ignores_order_case_and_yo(words):
    key = name_key(*words)
    assert key == name_key(" ".join(reversed(words)).upper().replace("Ё", "Е"))


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("ИВАНОВ", "ПЁТР", "ильич"), "Иванов Пётр Ильич"),
        (("Smith", "JOHN"), "Smith John"),
        (("SALTYKOV-SHCHEDRIN", ""), "Saltykov-Shchedrin"),
        (("de Vries", " Anna  Maria "), "de Vries Anna Maria"),
        (("O'NEIL", "sean"), "O'Neil Sean"),
        (("", ""), ""),
    ],
)
def test_display_name(names, shown):
    assert display_name(*names) == shown
