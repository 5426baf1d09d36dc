"""Settings of the desk and of people: kept, effective at once, refused in words with nothing typed lost, fixed where fixed."""

from datetime import timedelta

import pytest

from domain.chat import Channel, Sender
from domain.escalation import Occasion
from domain.requests import Priority, RequestType
from handlers.desk import escalation
from handlers.desk.deadlines import levels_of
from handlers.settings import staff, support
from storage import portal_settings
from tests.web.app.rooms import opened


async def stored(rooms):
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        return (await portal_settings.stored(scope.tx, rooms.portal_id)).settings


# --- schedules ------------------------------------------------------------------------------------------------------


async def test_a_schedule_is_kept_and_holds_at_once(rooms):
    admin = await rooms.admin()
    page = await admin.sends(
        "schedules/GRAND", every_minutes="20", warn_share="7,5", morning_at="08:00", alerts=["vip"]
    )
    assert page.status == 303
    hotel = rooms.portal.hotel("GRAND")
    assert (hotel.every_minutes, hotel.warn_share, hotel.morning_at) == (20, 0.075, "08:00")
    assert {str(one) for one in hotel.alerts} == {"vip"}
    assert rooms.portal.hotel("PARK").every_minutes == 15
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        (change,) = await portal_settings.changes(scope.tx, rooms.portal_id)
    assert change.who == "Анна Волкова"
    assert ["hotels.GRAND.sync.every_minutes", None, 20] in [list(one) for one in change.changes]


async def test_a_wrong_schedule_says_so_beside_the_field_and_keeps_what_was_typed(rooms):
    admin = await rooms.admin()
    page = await admin.sends("schedules/GRAND", every_minutes="0", days_back="много", pause_after="3")
    assert page.status == 422
    form = dict(page.form("schedules/GRAND").fields)
    assert (form["every_minutes"], form["days_back"], form["pause_after"]) == ("0", "много", "3")
    assert 'id="days-back-fault"' in page.text
    assert rooms.portal.hotel("GRAND").every_minutes == 15
    page = await admin.sends("schedules/GRAND", every_minutes="0")
    assert page.status == 422
    assert 'id="every-minutes-fault"' in page.text
    assert (await admin.gets("schedules/NOPE")).status == 422


# --- hours ----------------------------------------------------------------------------------------------------------


async def test_hours_and_special_days_move_the_promise(rooms):
    admin = await rooms.admin()
    page = await admin.gets("support")
    assert "до пт 20 ноября, 13:00 (МСК)" in page.words  # an incident's hour
    looked = await admin.sends("support", **{"fri-0-to": "12:30"}, do="sample")
    assert looked.status == 200
    assert "до пн 23 ноября, 09:30 (МСК)" in looked.words
    assert await stored(rooms) == {}
    days = {"day": ["2026-11-23", ""], "day-kind": ["off", "off"], "day-hours": ["", ""]}
    saved = await admin.sends("support", **{"fri-0-to": "12:30", "support.prefix": "HD"}, **days)
    assert saved.status == 303
    assert rooms.portal.desk.hours == "Mon-Thu 09:00-18:00; Fri 09:00-12:30"
    assert rooms.portal.desk.calendar_exceptions == {"2026-11-23": "off"}
    assert rooms.portal.desk.prefix == "HD"
    again = await admin.gets("support")
    assert "до вт 24 ноября, 09:30 (МСК)" in again.words
    cleared = await admin.sends("support", day=["", "", "", ""])
    assert cleared.status == 303
    assert rooms.portal.desk.calendar_exceptions == {}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"mon-0-from": "9"}, "Время пишется как 09:00"),
        ({"mon-0-to": ""}, "Укажите и начало, и конец"),
        ({"mon-0-from": "19:00"}, "Конец раньше начала"),
        ({"mon-1-from": "17:00", "mon-1-to": "19:00"}, "Часы одного дня пересекаются"),
        ({"day": ["2026-02-31"], "day-kind": ["off"], "day-hours": [""]}, "Дата не читается"),
        (
            {"day": ["2026-12-01"], "day-kind": ["hours"], "day-hours": ["когда-нибудь"]},
            "Часы пишутся как 10:00-15:00",
        ),
        ({"support.prefix": "нет"}, "HD"),
    ],
)
async def test_wrong_hours_are_told_and_stay_typed(rooms, typed, words):
    admin = await rooms.admin()
    page = await admin.sends(
        "support", **typed, **({} if "support.prefix" in typed else {"support.prefix": "HD"})
    )
    assert page.status == 422
    fields = page.form("support").fields
    if words != "HD":
        assert words in page.words
        assert ("support.prefix", "HD") in fields
    for name, value in typed.items():
        for one in value if isinstance(value, list) else [value]:
            assert (name, one) in fields
    assert await stored(rooms) == {}


async def test_what_the_file_sets_is_shown_and_cant_be_forged(sqlite_url, clock, tmp_path):
    more = '[support]\nhours = "Mon-Sat 08:00-20:00"\n[[people]]\nuser = 5\nrole = "front_desk"\n'
    async with opened(sqlite_url, clock, tmp_path, more=more) as rooms:
        admin = await rooms.admin()
        page = await admin.gets("support")
        form = page.form("support")
        assert not [name for name, _ in form.fields if name.startswith("mon-")]
        assert "Задано в concierge.toml" in page.words
        forged = form.filled(**{"mon-0-from": "00:00", "mon-0-to": "24:00"}, support__prefix="ZZ")
        assert (await admin.posts("support", forged)).status == 303
        assert rooms.portal.desk.hours == "Mon-Sat 08:00-20:00"
        assert rooms.portal.desk.prefix == "ZZ"
        people = await admin.gets("people")
        assert "задано в concierge.toml" in people.words
        taken = await admin.posts("people", [*form.filled(), ("key", "people:-1:5")])
        assert taken.status == 422


# --- terms and calls ------------------------------------------------------------------------------------------------


async def test_terms_are_kept_where_they_differ(rooms):
    admin = await rooms.admin()
    page = await admin.sends(
        "levels", **{"level-service-normal-first_reply": "2ч", "level-service-normal-solution": "1д"}
    )
    assert page.status == 303
    assert rooms.portal.desk.levels == {"service": {"normal": {"first_reply": "2ч", "solution": "1д"}}}
    level = levels_of(rooms.portal.desk).level(RequestType.SERVICE, Priority.NORMAL)
    assert (level.first_reply, level.solution) == (timedelta(hours=2), timedelta(hours=9))
    wrong = await admin.sends(
        "levels", **{"level-service-normal-first_reply": "скоро", "level-problem-low-first_reply": "9д"}
    )
    assert wrong.status == 422
    assert {"Срок пишется как 30м, 4ч или 1д 2ч", "Решение раньше первого ответа"} <= {
        one.strip() for one in wrong.read.words
    }
    assert ("level-service-normal-first_reply", "скоро") in wrong.form("levels").fields
    back = await admin.sends(
        "levels", **{"level-service-normal-first_reply": "", "level-service-normal-solution": ""}
    )
    assert back.status == 303
    assert rooms.portal.desk.levels == {}


async def rules(rooms, occasion):
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        present = await escalation.rules_of(scope)
    return present.source, [rule for rule in present.rules if rule.occasion is occasion]


async def test_a_manager_sets_whom_to_call_and_support_only_looks(rooms):
    manager, helper = await rooms.visitor("4"), await rooms.visitor("2")
    form = (await manager.gets("calls")).form("calls")
    sent = form.filled(**{"not_taken-1-when": "2ч", "not_taken-1-to": ["manager"], "not_taken-1-users": "5"})
    forged = [
        *(await helper.gets("calls")).form("calls").filled(),
        *[one for one in sent if one[0] != "csrf"],
    ]
    assert (await helper.posts("calls", forged)).status == 403
    assert (await manager.posts("calls", sent)).status == 303
    source, found = await rules(rooms, Occasion.NOT_TAKEN)
    assert source == "chat"
    assert [(one.after, one.to) for one in found] == [
        (timedelta(minutes=30), ("support",)),
        (timedelta(hours=2), ("manager", "5")),
    ]
    assert "Ольга Иванова" in (await manager.gets("calls")).words
    wrong = await manager.sends("calls", **{"overdue-1-when": "1ч", "overdue-1-users": "все"})
    assert wrong.status == 422
    assert "Выберите, кого позвать" in wrong.words
    assert ("overdue-1-users", "все") in wrong.form("calls").fields
    assert (await manager.sends("calls", do="default")).status == 303
    assert len((await rules(rooms, Occasion.NOT_TAKEN))[1]) == 1


# --- people ---------------------------------------------------------------------------------------------------------


async def test_a_role_is_given_by_picking_and_taken_back(rooms):
    admin = await rooms.admin()
    found = await admin.sends("people/new", q="орлов", do="find")
    assert ("Павел Орлов" in found.words, found.status) == (True, 200)
    given = await admin.sends("people/new", q="орлов", who="user:7", role="support", do="save")
    assert given.status == 303
    assert rooms.settings.bitrix24.support_users == [7]
    more = await admin.sends(
        "people/new", who="department:1", role="front_desk", hotels=["GRAND"], privacy="contact", do="save"
    )
    assert more.status == 303
    (grant,) = rooms.settings.people
    assert (grant.department, grant.hotels, str(grant.privacy)) == (1, ["GRAND"], "contact")
    page = await admin.gets("people")
    assert "Администрация" in page.words
    taken = await admin.sends("people", key="bitrix24.support_users:7")
    assert taken.status == 303
    assert rooms.settings.bitrix24.support_users == []
    assert (await admin.sends("people", key="people:0:1")).status == 303
    assert rooms.settings.people == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"role": "support"}, "Найдите и отметьте, кому"),
        ({"who": "user:5"}, "Выберите роль"),
        ({"who": "user:5", "role": "god"}, "Выберите роль"),
        ({"who": "user:x", "role": "admin"}, "Найдите и отметьте, кому"),
        ({"who": "user:5", "role": "admin", "privacy": "most"}, "Такого уровня нет"),
    ],
)
async def test_a_half_filled_role_is_told(rooms, typed, words):
    admin = await rooms.admin()
    page = await admin.sends("people/new", q="Ольга", do="save", **typed)
    assert page.status == 422
    assert words in page.words
    assert ("q", "Ольга") in page.form("people/new").fields
    assert await stored(rooms) == {}


async def test_the_portal_away_is_told_and_a_number_still_does(rooms):
    from domain.errors import Temporary

    admin = await rooms.admin()
    rooms.directory.faults.fail(Temporary("bitrix-unreachable"), method="departments")
    page = await admin.sends("people/new", q="5", do="find")
    assert page.status == 200
    assert "Сотрудник 5" in page.words


def test_a_role_moves_between_levels_and_isnt_doubled():
    from handlers.settings.settings import View

    stored_people = [{"user": 5, "role": "front_desk"}]
    view = View(1, {"people": stored_people, "bitrix24": {}}, {"people": stored_people})
    wish = staff.Wish("user", 5, staff.Role.FRONT_DESK, (), staff.Privacy.CONTACT)
    assert staff.given(view, wish) == {"people": [{"user": 5, "role": "front_desk", "privacy": "contact"}]}
    assert staff.given(view, staff.Wish("user", 5, staff.Role.FRONT_DESK)) == {}


# --- chats, data, sites, consent ------------------------------------------------------------------------------------


async def test_chats_and_their_levels(rooms):
    admin = await rooms.admin()
    page = await admin.sends(
        "chats", telegram__support_chat="-1002000000001", channel=["bitrix24", "telegram"], chat=["chat77", "-55"], level=["money", "contact"]
    )  # fmt: skip
    assert page.status == 303
    assert rooms.portal.desk.telegram_support_chat == "-1002000000001"
    assert {key: str(one) for key, one in rooms.portal.privacy.chats.items()} == {
        "bitrix24:chat77": "money",
        "telegram:-55": "contact",
    }
    wrong = await admin.sends(
        "chats", chat=["в чате", ""], channel=["bitrix24", "bitrix24"], level=["basic", "basic"]
    )
    assert wrong.status == 422
    assert ("chat", "в чате") in wrong.form("chats").fields
    gone = await admin.sends("chats", chat=["", "", ""], telegram__support_chat="")
    assert gone.status == 303
    assert rooms.portal.privacy.chats == {}
    assert rooms.portal.desk.telegram_support_chat is None


async def test_the_table_of_fields_is_the_table_that_acts(rooms):
    from domain.people import DEFAULT_PRIVACY, Role
    from domain.privacy import FIELDS

    admin = await rooms.admin()
    page = await admin.gets("privacy")
    body = page.text.split('class="matrix"')[1].split("</table>")[0]
    rows = [row.split("</tr>")[0] for row in body.split("<tr>")[2:]]
    shown = [row.count('class="yes"') for row in rows[: len(FIELDS)]]
    by_level = sorted(FIELDS.values(), key=lambda level: level.rank)
    assert shown == [sum(DEFAULT_PRIVACY[role].rank >= level.rank for role in Role) for level in by_level]
    assert (
        await admin.sends("privacy", privacy__telegram="contact", privacy__card_minutes="15")
    ).status == 303
    assert (str(rooms.portal.privacy.telegram), rooms.portal.privacy.card_minutes) == ("contact", 15)
    wrong = await admin.sends("privacy", privacy__card_minutes="-1", privacy__telegram="money")
    assert wrong.status == 422
    assert ("privacy.card_minutes", "-1") in wrong.form("privacy").fields
    assert ("privacy.telegram", "money") in wrong.form("privacy").fields


async def test_sites_and_the_code_to_put_in(rooms):
    admin = await rooms.admin()
    page = await admin.sends(
        "sites", key=["GRAND"], origins=["https://grand.hotel.example/\nhttps://www.grand.hotel.example"]
    )
    assert page.status == 303
    assert rooms.settings.callback.sites == {
        "GRAND": ["https://grand.hotel.example", "https://www.grand.hotel.example"]
    }
    assert (
        '<iframe src="https://concierge.hotel.example/callback?site=GRAND"'
        in (await admin.gets("sites")).words
    )
    for key, origin in (
        ("GR AND", "https://x.example"),
        ("G", "http://x.example"),
        ("G", "https://x.example/path"),
        ("G", "javascript:alert(1)"),
    ):
        wrong = await admin.sends("sites", key=[key], origins=[origin])
        assert wrong.status == 422, (key, origin)
        assert ("origins", origin) in wrong.form("sites").fields


TEXT = "Я согласен на обработку моих персональных данных. " * 4


async def test_a_new_consent_is_in_force_and_the_old_one_stays_readable(rooms):
    admin = await rooms.admin()
    assert "версия 1" in (await admin.gets("consent")).words
    assert (await admin.sends("consent", label="2026-11-20", text=TEXT)).status == 303
    assert (rooms.settings.callback.consent_version, rooms.settings.callback.consent_text) == (
        "2026-11-20",
        TEXT.strip(),
    )
    assert (await admin.sends("consent", label="2026-12-01", text=TEXT + "И точка.")).status == 303
    page = await admin.gets("consent")
    assert "Действует сейчас версия 2026-12-01" in page.words
    earlier = page.words.split("Прежние версии")[1]
    assert "версия 2026-11-20" in earlier
    assert "Анна Волкова" in earlier
    for version, text, words in (
        ("2026-11-20", TEXT + "Иначе.", "Такая версия уже была"), ("", TEXT + "Ещё.", "Назовите версию"),
        ("3", "Да.", "слишком короткий"), ("3", TEXT + "И точка.", "тот же текст"),
    ):  # fmt: skip
        wrong = await admin.sends("consent", label=version, text=text)
        assert wrong.status == 422
        assert words in wrong.words
        assert ("text", text) in wrong.form("consent").fields or words == "тот же текст"

    from app.callback import consent_text

    assert consent_text(rooms.settings).version == "2026-12-01"


# --- who may --------------------------------------------------------------------------------------------------------


FORMS = ("schedules/GRAND", "support", "levels", "people/new", "chats", "privacy", "sites", "consent")


@pytest.mark.parametrize("user_id", ["2", "4", "5"])
async def test_a_forged_form_of_somebody_else_changes_nothing(rooms, user_id):
    admin, other = await rooms.admin(), await rooms.visitor(user_id)
    for path in FORMS:
        fields = (await admin.gets(path)).form(path).filled(**{"support.prefix": "EVIL", "do": "save"})
        assert (await other.posts(path, fields)).status == 403
        without = [one for one in fields if one[0] != "csrf"]
        assert (await admin.posts(path, without)).status == 403
    assert await stored(rooms) == {}


async def test_an_admin_of_the_portal_needs_no_role(rooms):
    visitor = await rooms.visitor("5", portal_admin=True)
    assert (await visitor.sends("support", support__prefix="OK")).status == 303
    assert rooms.portal.desk.prefix == "OK"


async def test_two_admins_dont_overwrite_each_other(rooms):
    one = await rooms.admin()
    form = (await one.gets("support")).form("support")
    assert (await one.sends("support", support__prefix="AA")).status == 303
    lost = await one.posts("support", form.filled(support__prefix="BB"))
    assert lost.status == 422
    assert "это изменил другой человек: Анна Волкова" in lost.words
    assert ("support.prefix", "BB") in lost.form("support").fields
    assert rooms.portal.desk.prefix == "AA"


async def test_the_licence_says_what_it_means(rooms):
    from datetime import date

    from domain.licence import Terms
    from handlers.licences import Licences

    manager = await rooms.visitor("4")
    assert "Лицензия без срока" in (await manager.gets("licence")).words
    await Licences(rooms.house.scopes).set(
        rooms.portal_id, Terms(date(2026, 11, 1), 5, "договор 7"), by="vendor"
    )
    page = await manager.gets("licence")
    assert "Лицензия закончилась" in page.words
    assert "01.11.2026" in page.words
    assert "договор 7" not in page.words
    assert "Обращения, сроки и карточки гостей работают как прежде" in page.words


async def test_pages_speak_english_too(rooms):
    admin = await rooms.admin("en")
    for path, words in (
        ("schedules/GRAND", "Whom to meet with care"), ("support", "Working hours"), ("levels", "First reply"), ("calls", "Whom to call"),
        ("people", "Give a role"), ("chats", "The managers' chat"), ("privacy", "Role and field"), ("sites", "Callback form"),
        ("consent", "In force now"), ("licence", "Whom to ask"),
    ):  # fmt: skip
        page = await admin.gets(path)
        assert words in page.words, path


def test_a_week_is_written_as_people_write_it():
    assert support.hours_of(support.week_of("Пн-Пт 09:00-13:00, 14:00-18:00; Сб 10:00-14:00"))[0] == (
        "Mon-Fri 09:00-13:00, 14:00-18:00; Sat 10:00-14:00"
    )
    assert support.week_of("Mon 01:00-02:00, 03:00-04:00, 05:00-06:00") is None


async def test_hours_the_table_cant_show_are_typed_as_text(rooms):
    admin = await rooms.admin()
    async with rooms.house.scopes.writing(rooms.portal_id) as scope:
        three = {"support": {"hours": "Mon 01:00-02:00, 03:00-04:00, 05:00-06:00"}}
        person = await rooms.house.people.find(scope, Sender(Channel.BITRIX24, "1", ""))
        await portal_settings.store(
            scope.tx,
            rooms.portal_id,
            three,
            version=1,
            now=scope.now,
            person_id=person.id,
            who="",
            changes=[],
        )
    await rooms.house.portals.refresh(rooms.portal_id)
    assert (await admin.sends("support", hours="понедельник")).status == 422
    assert (await admin.sends("support", hours="Пн-Пт 10:00-19:00")).status == 303
    assert rooms.portal.desk.hours == "Пн-Пт 10:00-19:00"
