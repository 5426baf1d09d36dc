"""Hotels, doors, mappings, pipelines and the links that open the pages: what is kept, refused, shown, journalled."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from domain.chat import Channel, Sender
from domain.guests import Profile, ProfileKind
from domain.ports.crm import Pipeline, PipelineStage
from domain.stays import Stay, StayState
from handlers.settings.viewers import Viewers
from storage import lookups, portal_settings, staging
from tests.web.app.rooms import ROOT, FakePortals, Visitor, opened
from web.app import sessions

PIPELINES = [
    Pipeline(0, "Общая", (PipelineStage("NEW", "Новая"), PipelineStage("WON", "Успех", "won"))),
    Pipeline(7, "Брони", (PipelineStage("HELD", "Держим"), PipelineStage("SURE", "Точно"))),
]


async def changes(rooms):
    async with rooms.house.db.reading() as tx:
        return await portal_settings.changes(tx, rooms.portal_id)


# --- hotels ------------------------------------------------------------------------------------------------


async def test_a_hotel_is_added_changed_and_taken_away(rooms):
    admin = await rooms.admin()
    page = await admin.sends("hotels/new", code="sea", name="Море", timezone="Europe/Samara", rooms="40")
    assert (page.status, page.location) == (303, f"{ROOT}/hotels/SEA?told=hotel-added")
    hotel = rooms.portal.hotel("SEA")
    assert (hotel.name, hotel.timezone, hotel.rooms) == ("Море", "Europe/Samara", 40)
    page = await admin.sends("hotels/SEA", sync__every_minutes="7")
    assert rooms.portal.hotel("SEA").every_minutes == 7
    assert [one.who for one in await changes(rooms)] == ["Анна Волкова"] * 2
    assert ["hotels.SEA.sync.every_minutes", None, 7] in (await changes(rooms))[0].changes
    form = (await admin.gets("hotels/SEA")).form("hotels/SEA/remove")
    assert (await admin.posts("hotels/SEA/remove", form.filled())).status == 303
    assert rooms.portal.hotel("SEA") is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"code": "GRAND"}, "Такой код уже есть"),
        ({"code": "new"}, "Латинские заглавные"),
        ({"code": "A.B"}, "Латинские заглавные"),
        ({"code": "SEA", "name": ""}, "Заполните поле"),
        ({"code": "SEA", "timezone": "Mars/Base"}, "Такого часового пояса нет"),
        ({"code": "SEA", "currency": "рубль"}, "Три латинские заглавные буквы"),
        ({"code": "SEA", "sync.every_minutes": "0"}, "Не меньше 1"),
        ({"code": "SEA", "sync.every_minutes": "часто"}, "Здесь нужно число"),
        ({"code": "SEA", "rooms": "-3"}, "Не меньше 1"),
    ],
)
async def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(rooms, typed, words):
    admin = await rooms.admin()
    form = (
        (await admin.gets("hotels/new"))
        .form("hotels/new")
        .filled(**{"name": "<b>Море", "rooms": "40", **typed})
    )
    page = await admin.posts("hotels/new", form)
    assert page.status == 422
    assert words in page.words
    assert "&lt;b&gt;Море" in page.text or typed.get("name") == ""
    fields = dict(page.form("hotels/new").fields)
    assert {name: fields[name] for name in typed} == typed
    assert rooms.portal.hotel("SEA") is None
    assert await changes(rooms) == []


async def test_what_the_file_says_of_a_hotel_stands_and_the_rest_is_the_pages(rooms):
    admin = await rooms.admin()
    page = await admin.gets("hotels/GRAND")
    assert "Задано в concierge.toml" in page.words
    assert "name" not in dict(page.form("hotels/GRAND").fields)
    form = page.form("hotels/GRAND").filled(name="Forged", currency="EUR", sync__days_back="9")
    assert (await admin.posts("hotels/GRAND", form)).status == 303
    hotel = rooms.portal.hotel("GRAND")
    assert (hotel.name, hotel.currency, hotel.days_back) == ("Гранд Отель", "EUR", 9)
    page = await admin.posts("hotels/GRAND/remove", page.form("hotels/GRAND").filled(version="1"))
    assert page.status == 422
    assert rooms.portal.hotel("GRAND") is not None


async def test_two_admins_at_once_the_second_is_told_who_was_first(rooms):
    first, second = await rooms.admin(), await rooms.visitor("5", portal_admin=True)
    mine = (await first.gets("hotels/PARK")).form("hotels/PARK")
    theirs = (await second.gets("hotels/PARK")).form("hotels/PARK")
    assert (await first.posts("hotels/PARK", mine.filled(rooms="10"))).status == 303
    page = await second.posts("hotels/PARK", theirs.filled(rooms="20"))
    assert page.status == 422
    assert "Анна Волкова" in page.words
    assert rooms.portal.hotel("PARK").rooms == 10
    page = await second.posts("hotels/PARK", theirs.filled(currency="EUR"))  # something else is no conflict
    assert page.status == 303
    assert (rooms.portal.hotel("PARK").rooms, rooms.portal.hotel("PARK").currency) == (10, "EUR")


async def test_doors_of_the_file_are_shown_fixed(sqlite_url, clock, tmp_path):
    door = (
        '[[hotels]]\ncode = "SEA"\nname = "Море"\n[hotels.source]\nkind = "suite8"\nurl = "http://h/?ic=1"\n'
    )
    async with opened(sqlite_url, clock, tmp_path, more=door) as rooms:
        admin = await rooms.admin()
        page = await admin.gets("hotels/SEA/doors/0")
        assert "Задано в concierge.toml" in page.words
        csrf = dict(page.form("hotels/SEA/doors/0/test").fields)["csrf"]
        forged = [("csrf", csrf), ("version", "0"), ("kind", "suite8"), ("suite8.url", "http://evil/")]
        for path in ("hotels/SEA/doors/0", "hotels/SEA/doors/new"):
            assert (await admin.posts(path, forged)).status == 422
        assert (await admin.posts("hotels/SEA/doors/0/remove", forged)).status == 422
        assert [one.url for one in rooms.settings.hotels[0].doors] == ["http://h/?ic=1"]


# --- mapping -----------------------------------------------------------------------------------------------


async def staged(rooms) -> None:
    hotel, house = rooms.portal.hotel("GRAND"), rooms.house
    guest = Profile(
        "900", ProfileKind.INDIVIDUAL, last_name="ИВАНОВ", first_name="ИВАН", phones=("+79001234567",),
        birthday=date(1980, 5, 1),
    )  # fmt: skip
    stay = Stay("R1", StayState.CONFIRMED, date(2026, 11, 21), date(2026, 11, 24), profile_id="900")
    async with house.scopes.writing(rooms.portal_id) as scope:
        await staging.upsert(scope.tx, rooms.portal_id, hotel, [guest], [stay], run_id=None, now=scope.now)


async def test_a_mapping_is_tried_before_it_is_kept_and_shows_what_the_viewer_may_see(rooms):
    await staged(rooms)
    plain = await rooms.visitor("5", portal_admin=True)  # an admin of the portal, staff to us: basic level
    page = await plain.gets("hotels/GRAND/mapping")
    assert "Изменится у 0 из 1" in page.words
    text = '[contact.lastName]\nfrom = "last_name"\nas = "upper"\n[contact.phones]\nowner = "never"\n'
    form = page.form("hotels/GRAND/mapping").filled(text=text)
    page = await plain.posts("hotels/GRAND/mapping/preview", form)
    assert "<del>Иванов</del>" in page.text
    assert "<ins>ИВАНОВ</ins>" in page.text
    assert "9001234567" not in page.text
    assert "<del>•••</del>" in page.text  # that the phones differ is said
    admin = await rooms.admin()
    page = await admin.posts(
        "hotels/GRAND/mapping/preview", [*form[1:], ("csrf", _csrf(await admin.gets("hotels/new")))]
    )
    assert "+79001234567" in page.text
    assert rooms.portal.hotel("GRAND").mapping.version == rooms.portal.hotel("PARK").mapping.version
    async with rooms.house.db.reading() as tx:
        journal = await lookups.listed(tx, rooms.portal_id)
    assert [one.kind for one in journal] == ["mapping"]  # looked at once, tried often

    assert (await plain.posts("hotels/GRAND/mapping", form)).status == 303
    assert rooms.portal.hotel("GRAND").mapping.version != rooms.portal.hotel("PARK").mapping.version
    page = await plain.gets("hotels/GRAND/mapping")
    form = page.form("hotels/GRAND/mapping").filled(**{"owner.contact.name": "if_empty"})
    assert (await plain.posts("hotels/GRAND/mapping", form)).status == 303
    kept = rooms.settings.hotels[0].mapping_text
    assert kept == text + '\n[contact.name]\nowner = "if_empty"\n'


def _csrf(page) -> str:
    return dict(page.form("hotels/new").fields)["csrf"]


async def test_a_mapping_with_a_mistake_comes_back_as_it_was_typed(rooms):
    admin = await rooms.admin()
    for text, words in (
        ("[contact.lastName", "это не TOML"),
        ('[contact.lastName]\nfrom = "nowhere"\n', "источника nowhere нет"),
        ('[contact.lastName]\nowner = "boss"\n', "может быть только"),
    ):
        page = await admin.sends("hotels/GRAND/mapping", text=text)
        assert page.status == 422
        assert words in page.words
        assert dict(page.form("hotels/GRAND/mapping").fields)["text"].strip() == text.strip()
    assert rooms.settings.hotels[0].mapping_text == ""


async def test_a_pipeline_is_picked_from_the_portals_own(rooms):
    async def listed():
        return PIPELINES

    FakePortals.double = SimpleNamespace(
        **{
            **{
                name: getattr(FakePortals.double, name)
                for name in ("messengers", "tasks", "directory", "sources")
            },
            "crm": SimpleNamespace(pipelines=listed),
        }
    )
    admin = await rooms.admin()
    page = await admin.gets("hotels/GRAND/pipeline")
    form = page.form("hotels/GRAND/pipeline").filled(
        **{
            "pipeline": "7",
            "stage.7.confirmed": "SURE",
            "stage.7.tentative": "FORGED",
            "stage.0.in_house": "NEW",
        }
    )
    assert (await admin.posts("hotels/GRAND/pipeline", form)).status == 303
    mapping = rooms.portal.hotel("GRAND").mapping
    assert mapping.pipeline("Гранд Отель") == "Брони"
    assert {one.code: one.use for one in mapping.stages if one.use} == {"CONFIRMED": "SURE"}
    page = await admin.gets("hotels/GRAND/pipeline")
    assert '<option value="SURE" selected' in page.text
    form = page.form("hotels/GRAND/pipeline").filled(pipeline="")
    assert (await admin.posts("hotels/GRAND/pipeline", form)).status == 303
    assert rooms.portal.hotel("GRAND").mapping.pipeline("Гранд Отель") == "Гранд Отель"
    assert not any(one.use for one in rooms.portal.hotel("GRAND").mapping.stages)


# --- links and sessions ------------------------------------------------------------------------------------


async def link(rooms, user_id: str = "1") -> str:
    viewers = Viewers(rooms.house.scopes, rooms.house.people)
    async with rooms.house.scopes.writing(rooms.portal_id) as scope:
        person = await rooms.house.people.find(scope, Sender(Channel.BITRIX24, user_id, ""))
        return await viewers.offer_link(scope, person)


async def follow(rooms, token: str):
    async with rooms.client.post(ROOT, data={"link": token}) as answer:
        return answer.status, await answer.text(), answer.headers.get("X-Page-Session", "")


async def test_a_link_opens_once_and_a_look_at_it_spends_nothing(rooms):
    token = await link(rooms)
    async with rooms.client.get(ROOT, params={"link": token}) as answer:  # as messengers preview links
        assert answer.status == 200
        assert "Открыть настройки" in await answer.text()
    status, page, session = await follow(rooms, token)
    assert (status, "Обзор" in page) == (200, True)
    assert (await Visitor(rooms.client, session).gets("hotels")).status == 200
    assert (await follow(rooms, token))[0] == 403
    late = await link(rooms)
    rooms.clock.push(minutes=16)
    assert (await follow(rooms, late))[0] == 403
    fresh = await link(rooms)
    portal, _, secret = fresh.partition(".")
    for forged in (f"{int(portal) + 1}.{secret}", f"{portal}.", "x", f"{portal}.{secret}x", "9" * 30 + ".x"):
        assert (await follow(rooms, forged))[0] == 403, forged
    assert (await follow(rooms, fresh))[0] == 200


async def test_a_session_lives_while_it_is_used_and_not_for_ever(rooms):
    admin = await rooms.admin()
    began = rooms.clock.now
    rooms.clock.push(minutes=4)
    assert "X-Page-Session" not in (await admin.gets("hotels")).headers
    while rooms.clock.now - began < sessions.LONGEST - timedelta(minutes=40):
        rooms.clock.push(minutes=15)
        page = await admin.gets("hotels")
        assert page.status == 200
        admin.token = page.headers["X-Page-Session"]
    rooms.clock.push(minutes=19)
    last = await admin.gets("hotels")
    assert last.status == 200
    admin.token = last.headers.get("X-Page-Session", admin.token)
    rooms.clock.push(minutes=19)
    assert (await admin.gets("hotels")).status == 401  # the portal is asked again who it is

    idle = await rooms.admin()
    rooms.clock.push(minutes=21)
    assert (await idle.gets("hotels")).status == 401


async def test_rights_are_looked_up_each_time(rooms):
    admin = await rooms.admin()
    async with rooms.house.scopes.writing(rooms.portal_id) as scope:
        await rooms.house.people.apply_settings(scope, {})
    assert (await admin.gets("hotels")).status == 403


async def test_the_overview_is_each_ones_own(rooms):
    everyone, one_hotel = await rooms.visitor("4"), await rooms.visitor("7")
    for visitor, seen in ((everyone, {"Гранд Отель", "Парк Отель"}), (one_hotel, {"Парк Отель"})):
        words = (await visitor.gets("overview")).words
        assert {name for name in ("Гранд Отель", "Парк Отель") if f"{name} ещё не было" in words} == seen
    assert (await (await rooms.visitor("5")).gets("overview")).status == 403
    admin = await rooms.admin()
    csrf = [("csrf", _csrf(await admin.gets("hotels/new")))]
    assert "Подключений" not in (await admin.posts("hotels/GRAND/sync", csrf)).words
    assert (await admin.posts("hotels/GRAND/sync", csrf)).status == 422  # no door yet
    assert (await admin.posts("hotels/NONE/sync", csrf)).status == 422
