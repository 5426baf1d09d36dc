"""Reading variants and choices."""

import pytest

from domain.errors import Refused
from domain.options import MOST, chosen_by, parse_options

TOO_MANY = "\n".join(f"{n}. вариант {n}" for n in range(1, MOST + 2))


@pytest.mark.parametrize(
    ("text", "intro", "options"),
    [
        ("1. Ночью\n2. Сейчас", "", ["Ночью", "Сейчас"]),
        ("1) Ночью\n2) Сейчас\n3) Завтра", "", ["Ночью", "Сейчас", "Завтра"]),
        ("Можно так:\n1. Ночью\n2. Сейчас", "Можно так:", ["Ночью", "Сейчас"]),
        ("1. Ночью 2. Сейчас", "", ["Ночью", "Сейчас"]),
        ("- Ночью\n- Сейчас", "", ["Ночью", "Сейчас"]),
        ("Выбирайте\n• Ночью;\n• Сейчас", "Выбирайте", ["Ночью", "Сейчас"]),
        ("1. Обновить до 2.5\n2. Ждать версии 3. осенью", "", ["Обновить до 2.5", "Ждать версии", "осенью"]),
        ("В 12:30 перезапуск?\n1. Да\n2. Нет,\nпозже", "В 12:30 перезапуск?", ["Да", "Нет, позже"]),
    ],
)
def test_lists(text, intro, options):
    assert parse_options(text) == (intro, options)


@pytest.mark.parametrize(
    "text",
    ["", "перезагрузим", "1. Одно", "1. Да\n2. да", "- одно", "2. Второе\n3. Третье", "1. \n2. ", TOO_MANY],
)
def test_no_list_is_asked_for_again(text):
    with pytest.raises(Refused) as refusal:
        parse_options(text)
    assert refusal.value.code == "options-needed"


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("1", 0), ("2.", 1), ("вариант 2", 1), ("Номер 1", 0), ("№2", 1), ("ночью", 0), ("НОЧЬЮ!", 0), ("2-й", 1),
        ("3", None), ("0", None), ("12", None), ("ночью или сейчас", None), ("", None), ("в 2 часа", None),
    ],
)  # fmt: skip
def test_a_typed_choice(text, index):
    assert chosen_by(text, ["Ночью", "Сейчас"]) == index
