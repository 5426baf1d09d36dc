"""Requests through the API: filed, read, written in and moved by the same rules as in the chats."""

from domain.api_tokens import ApiScope
from domain.people import Privacy, Role
from tests.lab import file_request


async def test_a_program_files_and_the_desk_has_it(each_desk):
    desk = each_desk
    program = await desk.program(ApiScope.REQUESTS_WRITE, ApiScope.REQUESTS_READ, name="Мониторинг")
    answer = await program.posts(
        "/requests", {"type": "incident", "description": "Не печатает счёт", "hotel": "grand"}
    )
    assert answer.status == 201
    assert answer.headers["Location"] == "/api/v1/requests/FB-2026-000001"
    body = answer.body
    assert (body["number"], body["status"], body["channel"], body["hotel"]) == (
        "FB-2026-000001",
        "registered",
        "api",
        "GRAND",
    )
    assert body["requester"]["name"] == "Мониторинг"
    assert body["moves"] == ["withdraw"]
    assert body["due"]["first_reply"]
    await desk.lab.settle()
    assert desk.lab.tasks.only.task.title.startswith("Обращение FB-2026-000001")
    assert desk.lab.bitrix.thread("FB-2026-000001")
    assert not await desk.lab.outbox("dead")
    again = await program.gets("/requests/fb-2026-000001")
    assert again.body["links"]["task"]


async def test_support_and_requester_talk_through_it_to_the_end(desk):
    requester = await desk.program(ApiScope.REQUESTS_READ, ApiScope.REQUESTS_WRITE, role=Role.STAFF)
    support = await desk.program(ApiScope.REQUESTS_READ, ApiScope.REQUESTS_WRITE, role=Role.SUPPORT)
    number = await desk.filed(requester)

    async def move(who, **body):
        answer = await who.posts(f"/requests/{number}/moves", body)
        assert answer.status == 200, answer.text
        return answer.body

    assert (await move(support, action="take"))["status"] == "in_progress"
    assert (await move(support, action="ask", text="Какой принтер?"))["status"] == "waiting"
    said = await requester.posts(f"/requests/{number}/words", {"text": "Тот, что у стойки"})
    assert said.body["status"] == "in_progress"
    offered = await move(support, action="offer", text="1. Перезагрузить\n2. Заменить")
    assert offered["status"] == "waiting"
    assert (await move(requester, action="choose", option=2))["history"][-1]["text"].startswith("2. Заменить")
    note = await support.posts(f"/requests/{number}/words", {"text": "ждём склад", "note": True})
    assert note.body["history"][-1]["what"] == "note"
    assert (await move(support, action="answer", text="Заменили"))["status"] == "answered"
    seen = (await requester.gets(f"/requests/{number}")).body
    assert "note" not in [one["what"] for one in seen["history"]]
    assert set(seen["moves"]) == {"confirm", "object", "withdraw"}
    assert (await move(requester, action="confirm"))["status"] == "completed"
    assert (await move(requester, action="close"))["closed_as"] == "confirmed"


async def test_support_merges(desk):
    support = await desk.program(role=Role.SUPPORT)
    first, second = [await desk.filed(support, story) for story in ("Не печатает счёт", "Счёт не печатает")]
    answer = await support.posts(f"/requests/{second}/moves", {"action": "merge", "into": first})
    assert (answer.body["status"], answer.body["closed_as"]) == ("closed", "merged")
    assert answer.body["links"]["related"] == [first]


async def test_what_is_not_possible_says_what_is(desk):
    manager = await desk.program(role=Role.MANAGER)
    number = await desk.filed(manager)
    refused = await manager.posts(f"/requests/{number}/moves", {"action": "take"})
    assert refused.status == 403
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    problem = refused.body
    assert (problem["code"], problem["status"], problem["possible"]) == ("not-your-move", 403, ["withdraw"])
    assert problem["instance"].endswith(refused.headers["X-Request-Id"])
    assert problem["type"] == "/api/docs#problem-forbidden"
    reason = await manager.posts(f"/requests/{number}/moves", {"action": "confirm"})
    assert (reason.status, reason.body["code"]) == (409, "move-not-allowed")
    assert "<" not in reason.body["detail"]
    russian = await manager.posts(f"/requests/{number}/moves", {"action": "confirm"}, Accept_Language="ru")
    assert russian.body["title"] == "Сейчас так нельзя"
    assert russian.headers["Content-Language"] == "ru"


async def test_a_token_of_staff_sees_its_own_and_no_other(desk):
    mine, other = await desk.program(role=Role.STAFF), await desk.program(role=Role.STAFF)
    manager = await desk.program(role=Role.MANAGER)
    number = await desk.filed(mine)
    await file_request(desk.lab.staff("5"))
    assert [one["number"] for one in (await mine.gets("/requests")).body["items"]] == [number]
    assert (await other.gets("/requests")).body["items"] == []
    assert (await other.gets(f"/requests/{number}")).status in {403, 404}
    assert len((await manager.gets("/requests")).body["items"]) == 2


async def test_a_token_for_one_hotel_sees_no_other(tmp_path, db_url, clock):
    from aiohttp.test_utils import TestClient, TestServer

    from storage import Database
    from tests.api.conftest import Desk, opened

    database = Database.open(db_url)
    lab, app = await opened(database, clock, tmp_path, hotels=("GRAND", "PALACE"))
    async with TestClient(TestServer(app)) as client:
        desk = Desk(lab, client)
        whole, palace = await desk.program(), await desk.program(hotels=("PALACE",))
        grand = await desk.filed(whole, hotel="GRAND")
        there = await desk.filed(whole, hotel="PALACE")
        assert [one["number"] for one in (await palace.gets("/requests")).body["items"]] == [there]
        assert (await palace.gets(f"/requests/{grand}")).status == 404
        assert (await palace.gets("/requests", hotel="GRAND")).body["code"] == "no-such-hotel"
        assert [one["code"] for one in (await palace.gets("/hotels")).body["items"]] == ["PALACE"]
        assert (await palace.posts("/guests/search", {"query": "Ivanov"})).body["items"] == []
        assert (await palace.gets("/guests/GRAND/P1")).status == 404
        assert (await palace.posts("/syncs", {"hotel": "GRAND"})).status == 404
    await lab.house.webhooks.close()
    await database.close()


async def test_lists_are_filtered_and_paged(desk):
    program = await desk.program(role=Role.SUPPORT)
    numbers = [await desk.filed(program, f"Не печатает счёт {n}") for n in range(5)]
    await program.posts(f"/requests/{numbers[0]}/moves", {"action": "take"})
    taken = await program.gets("/requests", status="in_progress")
    assert [one["number"] for one in taken.body["items"]] == [numbers[0]]
    both = await desk.client.get(
        "/api/v1/requests?status=in_progress&status=registered&limit=2",
        headers={"Authorization": f"Bearer {program.token}"},
    )
    page = await both.json()
    seen = [one["number"] for one in page["items"]]
    while page["next"]:
        link = both.headers["Link"]
        assert link.endswith('; rel="next"')
        both = await desk.client.get(
            link[1 : link.index(">")], headers={"Authorization": f"Bearer {program.token}"}
        )
        page = await both.json()
        seen += [one["number"] for one in page["items"]]
    assert seen == list(reversed(numbers))
    assert "Link" not in both.headers
    later = desk.lab.clock.push(minutes=1).isoformat()
    assert (await program.gets("/requests", since=later)).body["items"] == []
    wrong = await program.gets(
        "/requests", limit=2, cursor=(await program.gets("/requests", limit=1)).body["next"]
    )
    assert wrong.status == 200
    other = await program.gets(
        "/requests", status="closed", cursor=(await program.gets("/requests", limit=1)).body["next"]
    )
    assert (other.status, other.body["code"]) == (422, "bad-cursor")


async def test_etags_tell_whether_anything_changed(desk):
    program = await desk.program(role=Role.SUPPORT)
    number = await desk.filed(program)
    seen = await program.gets(f"/requests/{number}")
    tag = seen.headers["ETag"]
    same = await program.calls("GET", f"/requests/{number}", headers={"If-None-Match": tag})
    assert (same.status, same.text) == (304, "")
    moved = await program.posts(f"/requests/{number}/moves", {"action": "take"}, If_Match=tag)
    assert moved.status == 200
    late = await program.posts(f"/requests/{number}/moves", {"action": "answer", "text": "x"}, If_Match=tag)
    assert (late.status, late.body["code"]) == (412, "changed-meanwhile")
    now = await program.posts(
        f"/requests/{number}/moves", {"action": "answer", "text": "x"}, If_Match=moved.headers["ETag"]
    )
    assert now.body["status"] == "answered"


async def test_a_caller_is_filed_by_support_only_and_masked_for_the_basics(desk):
    support = await desk.program(role=Role.SUPPORT)
    manager = await desk.program(role=Role.MANAGER)
    trusted = await desk.program(role=Role.MANAGER, privacy=Privacy.CONTACT)
    caller = {"name": "Иван Петров", "phone": "+79001234567", "email": "ivan@guest.example"}
    body = {"type": "service", "description": "Не работает ключ", "caller": caller}
    assert (await manager.posts("/requests", body)).body["code"] == "not-yours"
    filed = (await support.posts("/requests", body)).body
    assert filed["channel"] == "phone"
    assert filed["requester"] == {
        "name": "Иван Петров",
        "email": "i•••@g•••.example",
        "phone": "+7 ••• •••-••-67",
    }
    whole = (await trusted.gets(f"/requests/{filed['number']}")).body
    assert whole["requester"]["phone"] == "+79001234567"


async def test_secrets_in_words_are_blanked_and_markup_stays_text(desk):
    program = await desk.program()
    story = "[URL=javascript:alert(1)]жми[/URL] <script>alert(1)</script> пароль: Qwerty123!"
    number = await desk.filed(program, story)
    body = (await program.gets(f"/requests/{number}")).body
    assert "Qwerty123!" not in str(body)
    assert "<script>alert(1)</script>" in body["description"]
    await desk.lab.settle()
    shown = "".join(one.text for one in desk.lab.bitrix.at(desk.lab.bitrix.thread(number)))
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
