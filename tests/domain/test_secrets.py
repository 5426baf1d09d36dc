"""What must never be stored is blanked; what merely speaks of it stays readable."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.secrets import MASK, SecretKind, blank_secrets, luhn_holds

FAKE_BOT_TOKEN = "1234567890:" + "AbCdEfGhIjKlMnOpQrStUvWxYz012345678"

FOUND = [
    ("Логин admin, пароль: Qwerty123", "Qwerty123", SecretKind.PASSWORD),
    ("пароль от вайфая guest2026 не подходит", "guest2026", SecretKind.PASSWORD),
    ("Пароль 12345 не принимает", "12345", SecretKind.PASSWORD),
    ("логин/пароль: reception / Otel_2024!", "Otel_2024!", SecretKind.PASSWORD),
    ("логин и пароль volkova Zima#99", "Zima#99", SecretKind.PASSWORD),
    ("Пароль для входа в Opera: «Лето-2026»", "Лето-2026", SecretKind.PASSWORD),
    ("my password is hunter2!", "hunter2!", SecretKind.PASSWORD),
    ("pwd=S3cret;user=sa", "S3cret", SecretKind.PASSWORD),
    ("пин-код: 4821", "4821", SecretKind.PASSWORD),
    ("строка postgresql://fidelio:Pa55w0rd@10.0.0.7/v8", "Pa55w0rd", SecretKind.PASSWORD),
    ("карта гостя 4111 1111 1111 1111, списать не смогли", "4111 1111 1111 1111", SecretKind.CARD),
    ("карта 2200-1234-5678-9019", "2200-1234-5678-9019", SecretKind.CARD),
    ("Amex 378282246310005", "378282246310005", SecretKind.CARD),
    ("CVV 123", "123", SecretKind.CARD),
    ("Паспорт гостя 4510 123456 не выгрузился", "4510 123456", SecretKind.PASSPORT),
    ("паспорт: серия 45 10 номер 123456", "45 10 номер 123456", SecretKind.PASSPORT),
    ("серия 4510 № 654321", "654321", SecretKind.PASSPORT),
    ("в карточке стоит 45 10 123456", "45 10 123456", SecretKind.PASSPORT),
    ("загранпаспорт 71 1234567", "71 1234567", SecretKind.PASSPORT),
    (
        "https://hotel.bitrix24.ru/rest/1/a1b2c3d4e5f6g7h8/crm.deal.list",
        "a1b2c3d4e5f6g7h8",
        SecretKind.WEBHOOK,
    ),
    ("https://hooks.slack.com/services/T0/B0/XXXX", "T0/B0/XXXX", SecretKind.WEBHOOK),
    ("бот " + FAKE_BOT_TOKEN + " молчит", FAKE_BOT_TOKEN, SecretKind.TOKEN),
    ("https://api.telegram.org/bot" + FAKE_BOT_TOKEN + "/getMe", FAKE_BOT_TOKEN, SecretKind.TOKEN),
    ("Authorization: Bearer abcdefghij1234567890", "abcdefghij1234567890", SecretKind.TOKEN),
    ("https://pms.local/api?user=1&token=zzz999", "zzz999", SecretKind.TOKEN),
    ("токен: 9f8e7d6c5b4a", "9f8e7d6c5b4a", SecretKind.TOKEN),
    ("client_secret = AbC-123-xyz", "AbC-123-xyz", SecretKind.TOKEN),
]


@pytest.mark.parametrize(("text", "secret", "kind"), FOUND)
def test_secrets_are_blanked(text, secret, kind):
    clean, kinds = blank_secrets(text)
    assert secret not in clean
    assert MASK in clean
    assert kinds == (kind,)


@pytest.mark.parametrize(
    "text",
    [
        "Забыл пароль, не могу войти в Битрикс24",
        "Пароль: не подходит",
        "Сброс пароля не приходит на почту",
        "The password has expired and I can't log in",
        "Гость из номера 305, бронь 1234567, заезд 22.11.2026",
        "Телефон гостя +7 900 123-45-67, второй 8 (912) 765-43-21",
        "Телефон 89001234567",
        "Номер брони 4111111111111112",  # the check sum doesn't hold
        "Обращение FB-2026-000123 от 21.11.2026 10:45",
        "https://hotel.bitrix24.ru/crm/deal/details/154/",
        "Паспорт гостя не выгружается в МВД",
        "версия 8.12.4567.123456, сборка 2026112200",
        "сумма 45 100 123 рублей",
        "Ключ-карта для номера 512 не открывает дверь",
        "Пинг до сервера 10.0.0.5 есть",
        "The refresh token is expired, please renew",
        "Карта лояльности 0000 0000 0000 0000",
    ],
)
def test_ordinary_words_stay(text):
    assert blank_secrets(text) == (text, ())


def test_the_host_of_a_webhook_stays_readable():
    clean, _ = blank_secrets("Вебхук https://grand.bitrix24.ru/rest/7/secretcode/ не отвечает")
    assert clean == f"Вебхук https://grand.bitrix24.ru/rest/7/{MASK}/ не отвечает"


def test_several_kinds_in_one_text():
    clean, kinds = blank_secrets("пароль: Qq12345, карта 4111111111111111, паспорт 4510 123456.")
    assert clean == f"пароль: {MASK}, карта {MASK}, паспорт {MASK}."
    assert kinds == (SecretKind.CARD, SecretKind.PASSPORT, SecretKind.PASSWORD)


def test_luhn():
    assert luhn_holds("4111111111111111")
    assert not luhn_holds("4111111111111112")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([text for text, _, _ in FOUND]), st.text(max_size=30))))
def test_blanking_twice_changes_nothing_more(pieces):
    once, _ = blank_secrets("\n".join(pieces))
    twice, kinds = blank_secrets(once)
    assert (twice, kinds) == (once, ())
