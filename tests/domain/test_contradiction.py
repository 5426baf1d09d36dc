"""Which words beside «Решено» contradict it."""

import pytest

from domain.contradiction import says_not_solved, says_solved

CONTRADICT = [
    "Решено, но отчёт всё ещё пустой",
    "всё ещё не работает",
    "По-прежнему не выгружается",
    "не помогло",
    "Не решено",
    "до сих пор ошибка",
    "Проблема осталась",
    "та же ошибка",
    "то же самое",
    "опять зависает",
    "ничего не изменилось",
    "Стало хуже",
    "без изменений",
    "так и не появились заезды, не приходят",
    "Принтер снова не печатает",
    "still not working",
    "It is still broken",
    "doesn't work",
    "the same error",
    "not fixed yet",
    "no change",
]
AGREE = [
    "Решено",
    "Спасибо, всё работает",
    "Заработало!",
    "Решено, больше не зависает",
    "Ошибок больше нет, спасибо",
    "Раньше не работало, теперь всё хорошо",
    "Утром не печатал, сейчас печатает",
    "Помогло",
    "Да, заезды появились",
    "Если снова не заработает — напишу",
    "Не за что",
    "Solved, thanks",
    "It works now",
    "no more errors",
    "It was not printing, now it does",
    "",
]


@pytest.mark.parametrize("words", CONTRADICT)
def test_a_contradiction_is_seen(words):
    assert says_not_solved(words)


@pytest.mark.parametrize("words", AGREE)
def test_a_confirmation_is_believed(words):
    assert not says_not_solved(words)


@pytest.mark.parametrize(
    "words", ["Решено", "решено, спасибо", "Да, помогло", "Заработало!", "Solved", "It works now"]
)
def test_how_a_confirmation_begins(words):
    assert says_solved(words)


@pytest.mark.parametrize("words", ["не решено", "когда будет решено?", "Спасибо", "not solved", "решеноид"])
def test_what_only_mentions_it(words):
    assert not says_solved(words)
