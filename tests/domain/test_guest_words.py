"""One key for all spellings of a name, and a question read into what the index holds, whatever is typed."""

import random
from datetime import date, timedelta

import iuliia
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.made_guests import slip
from domain.guest_search import (
    Alternative,
    begun,
    plain,
    profile_tokens,
    read,
    relaid,
    relevance,
    stay_tokens,
)
from domain.guest_words import (
    PET_NAMES,
    allowed_slips,
    cuts,
    in_other_layout,
    is_patronymic,
    slips,
    sound,
    words_of,
)
from domain.guests import Profile, ProfileKind
from domain.stays import Stay, StayState
from sandbox.hotel import names

SPELLINGS = [
    "Щербакова Shcherbakova Scherbakova Sherbakova Ščerbakova Schtscherbakowa SHCHERBAKOVA",
    "Юлия Yulia Julia Iuliia Yuliya Юлiя",
    "Соловьёв Соловьев Solovyov Solovev Soloviev Solov'ev",
    "Пётр Pyotr Petr Piotr Peter",
    "Александр Alexander Aleksandr Alexandr",
    "Цветков Tsvetkov Cvetkov Tzvetkov Czvetkov",
    "Жуков Zhukov Žukov",
    "Евгений Yevgeny Evgenii Evgeniy Evgeny",
    "Достоевский Dostoyevsky Dostoevskiy Dostojewski",
    "Müller Mueller Мюллер",
    "Чернов Chernov Tchernov Tschernow Černov",
    "Виктор Victor Viktor",
    "Наталья Наталия Natalya Natalia",
    "Ян Yan Jan Ian",
]
CYRILLIC = [*names.MALE, *names.FEMALE, *names.SURNAMES]


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_one_sound_for_all_spellings(spellings):
    assert len({sound(word) for word in spellings.split()}) == 1, [(w, sound(w)) for w in spellings.split()]


@pytest.mark.parametrize(
    "standard", [iuliia.ICAO_DOC_9303, iuliia.MVD_782, iuliia.MOSMETRO, iuliia.WIKIPEDIA, iuliia.YANDEX_MAPS, iuliia.BGN_PCGN, iuliia.TELEGRAM]
)  # fmt: skip
def test_every_standard_sounds_as_the_original_or_nearly_so(standard):
    exact = 0
    for word in CYRILLIC:
        written = "".join(words_of(standard.translate(word)))
        assert slips(sound(word), sound(written)) <= 2, (word, written, sound(word), sound(written))
        exact += sound(word) == sound(written)
    assert exact / len(CYRILLIC) > 0.97


def test_different_names_sound_differently():
    """Hardly any two of the common names fall together."""
    sounds = [sound(word) for word in set(CYRILLIC)]
    assert len(set(sounds)) >= len(sounds) - 4


def test_letters_of_other_scripts_stay():
    assert sound("王小明") == "王小明"
    assert sound("محمد")
    assert sound("!?") == ""


@given(st.integers(0, 10**6))
@settings(max_examples=200, deadline=None)
def test_a_slip_keeps_a_neighbour(seed):
    """Of a word with one letter missing, added or wrong the index knows a piece that the typed word shares."""
    chance = random.Random(seed)
    key = sound(chance.choice(CYRILLIC))
    if len(key) < 4:
        return
    typed = slip(chance, key)
    assert cuts(typed) & cuts(key)
    assert slips(typed, key) <= max(allowed_slips(key), 1)


def test_the_other_layout():
    assert in_other_layout("bdfyjd") == "иванов"
    assert in_other_layout("шмфтщм") == "ivanov"
    assert in_other_layout("123") == ""
    assert relaid("bdfyjd").terms[0].name == sound("Иванов")


def test_pet_names_lead_to_names_in_full():
    for pet, full in PET_NAMES.items():
        assert full, pet
    assert set(PET_NAMES["слава"].split()) == {"вячеслав", "ярослав", "станислав", "владислав"}


@pytest.mark.parametrize(
    ("word", "is_one"), [("Сергеевна", True), ("Ильич", False), ("Petrovich", True), ("Иванов", False)]
)
def test_patronymics(word, is_one):
    assert is_patronymic(word) is is_one


# --- questions ------------------------------------------------------------------------------------------------


def kinds(text):
    return ["".join(sorted({one.kind for one in term.any_of})) for term in read(text).terms]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Иванов Сергей", ["n", "n"]),
        ("Иванов Сергей Петрович", ["n", "n"]),
        ("Иванов С.П.", ["n"]),
        ("8 (921) 555-12-34", ["npr"]),
        ("1234", ["mnpr"]),
        ("номер 305", ["mnr"]),
        ("№305", ["mnr"]),
        ("Иванов 8 921 555 12 34", ["npr", "n"]),
        ("ivan@mail.ru", ["e"]),
        ("ivan@", ["e"]),
        ("CRS-77", ["mnr"]),
        ("г-н Иванов", ["n"]),
        ("", []),
        ("!!!", []),
    ],
)
def test_what_a_question_may_mean(text, expected):
    assert sorted(kinds(text)) == sorted(expected), (text, kinds(text))


@given(st.text(max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_can_be_asked_and_indexed(text):
    """Nothing typed or told by a PMS breaks a token: letters and digits only, no quotes, no blanks."""
    for question in filter(None, (read(text), begun(read(text)), relaid(text))):
        for term in question.terms:
            assert term.any_of
            for one in term.any_of:
                assert one.value.replace("_", "").isalnum() or not one.value
    profile = Profile(text or "x", ProfileKind.INDIVIDUAL, last_name=text, company_name=text)
    stay = Stay("R", StayState.IN_HOUSE, date(2026, 1, 1), date(2026, 1, 2), guest_name=text, room=text, group=text, confirmation=text)  # fmt: skip
    for line in (profile_tokens(1, profile, [text], [text]), stay_tokens(1, stay)):
        assert "'" not in line
        assert '"' not in line
        assert line == " ".join(line.split())


def test_gone_profiles_and_paper_rooms_are_found_by_nothing():

    gone = [{"deleted": True}, {"anonymised": True}, {"merged_into": "P2"}]
    for state in gone:
        assert (
            profile_tokens(1, Profile("P1", ProfileKind.INDIVIDUAL, last_name="Ivanov", **state), [], [])
            == ""
        )
    for state in ({"pseudo_room": True}, {"financial_account": True}):
        stay = Stay("R", StayState.IN_HOUSE, date(2026, 1, 1), date(2026, 1, 2), guest_name="Ivanov", **state)
        assert stay_tokens(1, stay) == ""


def test_a_begun_name_keeps_its_number():
    (term,) = begun(read("2058")).terms
    assert Alternative("r", "2058", prefix=True) in term.any_of


def test_relevance_orders_as_a_front_desk_thinks():

    today = date(2026, 11, 20)

    def stay(state, arrival, nights=2):
        return Stay("R", state, today + timedelta(days=arrival), today + timedelta(days=arrival + nights))

    ordered = [
        stay(StayState.IN_HOUSE, -1),
        stay(StayState.CONFIRMED, 1),
        stay(StayState.TENTATIVE, 20),
        stay(StayState.CHECKED_OUT, -10),
        stay(StayState.CHECKED_OUT, -40),
        stay(StayState.CONFIRMED, 90),
        stay(StayState.CHECKED_OUT, -300),
        stay(StayState.CANCELLED, 3),
        None,
    ]
    ranks = [relevance(one, today) for one in ordered]
    assert ranks == sorted(ranks)
    assert plain("CRS-77/a") == "crs77a"
