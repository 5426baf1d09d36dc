"""After an outage: everything people wrote meanwhile is worked in order, none of it lost or doubled, no call refused."""

import random
from collections import deque
from dataclasses import dataclass, field

import pytest

from sandbox.portal import chatting
from sandbox.portal.demo.http import PORTAL
from sandbox.portal.documents import bot_events, tasks
from sandbox.portal.people import add_user
from storage import inbox, outbox
from tests.stories.stage import staged

FILING = ("Инцидент", "Оставить", "Пропустить", "Пропустить", "Мой логин", "Этот портал", "Отправить")
DRAFTING = ("Проблема", "Оставить", "назад", "/cancel")
ANSWERS = {
    "Первый ответ — до": "filed",
    "Ничего не отправлено": "cancelled",
    "У вас пока нет обращений": "nothing yet",
    "Ваши обращения": "list",
}
SYLLABLES = [a + b for a in "бвгдзклмнпрстфх" for b in "аоуиэ"]


@dataclass
class Writer:
    """Somebody who kept writing while the service was down, and what he must read in the end, in this order."""

    user_id: int
    chance: random.Random
    lines: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def trouble(self) -> str:
        """Words nobody else uses: alike ones would be offered as one problem."""
        made = ["".join(self.chance.choices(SYLLABLES, k=5)) for _ in range(4)]
        return f"Не работает {' '.join(made)}"

    def files(self) -> None:
        self.troubles.append(self.trouble())
        self.lines += ["новое обращение", self.troubles[-1], *FILING]
        self.expected.append("filed")

    def changes_his_mind(self) -> None:
        self.lines += ["новое обращение", self.trouble(), *DRAFTING]
        self.expected.append("cancelled")

    def asks(self) -> None:
        self.lines.append("/my")
        self.expected.append("list" if self.troubles else "nothing yet")


def writers(people: int, each: int, filings: int) -> list[Writer]:
    """Every third one files; all of them write ``each`` lines."""
    found = []
    for number in range(people):
        writer = Writer(100 + number, random.Random(number))
        if number % 3 == 0:
            for _ in range(filings):
                writer.files()
        while each - len(writer.lines) > 6:
            writer.changes_his_mind()
        while len(writer.lines) < each:
            writer.asks()
        found.append(writer)
    return found


async def people_write_while_we_are_down(stage, portal, crowd):
    """Each in his own order, all of them mixed."""
    bot = await stage.bot_id()
    await stage.stop()
    portal.requests = deque()  # all calls, not the newest thousand
    for writer in crowd:
        name = f"Гость {writer.user_id}"
        add_user(portal, writer.user_id, first_name=name, email=f"u{writer.user_id}@hotel.example")
    waiting = [(writer, deque(writer.lines)) for writer in crowd]
    mixed = random.Random(1)
    while waiting:
        mixed.shuffle(waiting)
        for writer, lines in waiting:
            chatting.write(portal, writer.user_id, str(bot), lines.popleft())
        waiting = [(writer, lines) for writer, lines in waiting if lines]


async def the_outage_lasts(stage, portal):
    """Long enough for the portal to forget the calls made before it."""

    async def forgotten():
        return portal.limits.level() < 1

    await stage.until(forgotten, "the portal's bucket empty")


async def all_is_done(stage, portal, patience_s):
    """Every event taken and handled, every effect delivered, nothing given up."""

    async def still():
        if len(bot_events(portal)):
            return False
        async with stage.house.db.reading() as tx:
            events, effects = await inbox.counts(tx), await outbox.counts(tx)
        assert events["dead"] == effects["dead"] == 0
        return events["new"] == effects["waiting"] == 0

    await stage.until(still, "all events handled", patience_s)


async def read(stage, writer):
    """What the bot has told him, as the answers' names; and how many messages only asked."""
    messages = await stage.person(writer.user_id).messages()
    told = [name for m in messages for words, name in ANSWERS.items() if words in m["text"]]
    return told, sum("шаг" in message["text"] for message in messages)


async def flooded(folder, crowd, *, capacity, rate, patience_s):
    """The whole story; returns how many of the questions of filing were asked, and how many there are."""
    apps = []
    async with staged(folder, capacity=capacity, rate=rate, prepare=apps.append) as stage:
        portal = apps[0][PORTAL]
        await people_write_while_we_are_down(stage, portal, crowd)
        await the_outage_lasts(stage, portal)
        await stage.start()
        await all_is_done(stage, portal, patience_s)
        asked = await everybody_read_what_was_due(stage, crowd)
    everything_filed_once(portal, crowd)
    assert [call for call in portal.requests if call["status"] in {429, 503}] == []
    return asked, sum(line not in {"/my", "/cancel", "Отправить"} for w in crowd for line in w.lines)


async def everybody_read_what_was_due(stage, crowd):
    """In order, nothing missing, nothing twice."""
    asked = 0
    for writer in crowd:
        told, steps = await read(stage, writer)
        assert told == writer.expected, writer.user_id
        asked += steps
    return asked


def everything_filed_once(portal, crowd):
    filed = sorted(trouble for writer in crowd for trouble in writer.troubles)
    made = [task["description"] for task in tasks(portal)]
    assert len(made) == len(filed)
    assert all(any(trouble in description for description in made) for trouble in filed)


@pytest.mark.drill  # told by quicker tests, too
@pytest.mark.timeout(120)
async def test_six_hundred_events_of_sixty_people(tmp_path):
    crowd = writers(60, 10, 1)
    assert sum(len(writer.lines) for writer in crowd) == 600
    asked, steps = await flooded(tmp_path, crowd, capacity=100, rate=20.0, patience_s=100)
    assert asked < steps / 2  # questions answered already aren't asked any more


@pytest.mark.drill
@pytest.mark.timeout(1500)
async def test_ten_thousand_events_of_two_hundred_people(tmp_path):
    crowd = writers(200, 50, 2)
    assert sum(len(writer.lines) for writer in crowd) == 10_000
    asked, steps = await flooded(tmp_path, crowd, capacity=250, rate=20.0, patience_s=1400)
    assert asked < steps / 2
