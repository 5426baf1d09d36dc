"""What managers are told about a live door, once, and how an operator's wish reaches it."""

import pytest

from app.live_watch import LiveWatch
from domain.errors import Temporary
from domain.ports import SourceStatus
from handlers.sync.door_news import DoorNews
from storage import Database
from tests.lab import open_lab


class Link:
    """A live source that is up or down as told."""

    name, capabilities = "fias", frozenset({"live"})

    def __init__(self) -> None:
        self.up, self.resyncs, self.notices = True, 0, {}

    def status(self) -> SourceStatus:
        return SourceStatus(ok=self.up, code="ok" if self.up else "pms-unreachable")

    def resync(self) -> None:
        self.resyncs += 1


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path, forum=True, hotels=("GRAND",))
    await database.close()


@pytest.fixture
def link():
    return Link()


@pytest.fixture
def watch(lab, link):
    return LiveWatch(DoorNews(lab.scopes), lab.portal.id, lab.portal.hotels[0], "fias", link, lab.clock)


async def heard(lab, watch, words: str) -> int:
    """How many messages with these words the manager has, after one more look."""
    await watch.look()
    await lab.settle()
    return sum(words in message.text for message in lab.staff("4").messages())


async def test_a_link_that_is_down_for_minutes_is_told_once_and_so_is_its_return(lab, watch, link):
    link.up = False
    assert await heard(lab, watch, "не работает") == 0
    lab.clock.push(minutes=4)
    assert await heard(lab, watch, "не работает") == 0
    lab.clock.push(minutes=2)
    assert await heard(lab, watch, "не работает") == 1
    lab.clock.push(minutes=54)
    assert await heard(lab, watch, "не работает") == 1
    link.up = True
    assert await heard(lab, watch, "её не было 60 мин.") == 1
    assert await heard(lab, watch, "её не было") == 1


async def test_a_short_restart_of_ifc8_is_nobodys_news(lab, watch, link):
    for _ in range(5):
        link.up = not link.up
        lab.clock.push(minutes=2)
        assert await heard(lab, watch, "Связь с Fidelio") == 0


async def test_what_somebody_has_to_set_right_is_told_once(lab, watch, link):
    link.notices["fias-codepage"] = "cp866"
    assert await heard(lab, watch, 'encoding = "cp866"') == 1
    link.notices["fias-displaced"] = "…"
    link.notices["something-else"] = "…"
    assert await heard(lab, watch, "занимает другая программа") == 1
    assert await heard(lab, watch, "Отель GRAND") == 2


async def test_a_wish_from_another_process_reaches_the_right_door_once(lab, watch, link):
    news, hotel = DoorNews(lab.scopes), lab.portal.hotels[0]
    await news.wish(lab.portal.id, hotel, "fias-2")
    await watch.look()
    assert link.resyncs == 0
    await news.wish(lab.portal.id, hotel, "fias")
    await news.wish(lab.portal.id, hotel, "fias")
    await watch.look()
    await watch.look()
    assert link.resyncs == 1


async def test_a_store_that_is_away_does_not_end_the_watch(lab, watch, link, monkeypatch):
    looks = []

    async def look():
        looks.append(1)
        if len(looks) < 3:
            raise Temporary("database-busy")
        raise KeyboardInterrupt

    monkeypatch.setattr(watch, "look", look)
    monkeypatch.setattr("app.live_watch.LOOK_EVERY_S", 0)
    with pytest.raises(KeyboardInterrupt):
        await watch.run()
    assert len(looks) == 3
