"""The HTTP edge: who may call, how parameters arrive, what answers look like, what lasts."""

import sqlite3
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from sandbox.portal import chatting
from sandbox.portal.app import build_app, serve
from sandbox.portal.calls import METHODS, RestError, method
from sandbox.portal.documents import messages
from sandbox.portal.forms import decode, encode
from sandbox.portal.people import users
from sandbox.portal.seed import seed
from sandbox.portal.state import Portal, PortalConfig

CODE = PortalConfig().webhook_code


@pytest.mark.parametrize(
    "path", ["/rest/1/wrong/profile", f"/rest/2/{CODE}/profile", f"/rest/1/{CODE}x/profile", "/rest/profile"]
)
async def test_a_wrong_webhook_is_refused(client, path):
    async with client.post(path, json={}) as response:
        assert response.status == 401
        assert (await response.json())["error"] == "NO_AUTH_FOUND"


async def test_answers_have_result_and_time(rest):
    reply = await rest.full("profile")
    assert reply.result["ADMIN"] is True
    assert reply.result["ID"] == "1"
    assert {"start", "finish", "duration", "processing", "date_start", "date_finish"} <= set(
        reply.body["time"]
    )
    assert reply.body["time"]["date_start"] == "2026-11-22T12:00:00+03:00"


@pytest.mark.parametrize("name", ["user.current", "USER.CURRENT", "user.current.json", "user.current/"])
async def test_method_names_ignore_case_and_suffix(rest, name):
    assert (await rest(name))["ID"] == "1"


async def test_parameters_come_as_json_form_or_query(client):
    path = f"/rest/1/{CODE}/user.get"
    for options in (
        {"json": {"FILTER": {"ID": [2, 3]}}},
        {"data": {"FILTER[ID][]": "2", "FILTER[ID][1]": "3"}},
        {"params": {"FILTER[ID][0]": "2", "FILTER[ID][1]": "3"}},
    ):
        async with client.post(path, **options) as response:
            assert [user["ID"] for user in (await response.json())["result"]] == ["2", "3"]
    async with client.get(path, params={"FILTER[LAST_NAME]": "Ким"}) as response:
        assert [user["ID"] for user in (await response.json())["result"]] == ["2"]


async def test_unknown_methods_and_missing_scopes(rest, portal):
    assert (await rest.full("no.such.method")).error == (404, "ERROR_METHOD_NOT_FOUND")
    portal.config.scopes = ("im",)
    assert (await rest.full("department.get")).error == (403, "insufficient_scope")
    assert (await rest.full("tasks.task.list", v3=True)).error == (
        403, "BITRIX_REST_V3_EXCEPTION_INSUFFICIENTSCOPEEXCEPTION",
    )  # fmt: skip


async def test_rest3_takes_json_only_and_has_its_own_errors(client, rest):
    async with client.post(f"/rest/api/1/{CODE}/tasks.task.get?id=1", data=b"{no json") as response:
        assert (await response.json())["error"]["code"].endswith("INVALIDJSONEXCEPTION")
    reply = await rest.full("user.current", v3=True)
    assert reply.error == (404, "BITRIX_REST_V3_EXCEPTION_METHODNOTFOUNDEXCEPTION")


async def test_the_switch_takes_the_task_api_away(rest, portal):
    portal.switches.set("task_api", "v2")
    assert (await rest.full("tasks.task.list", v3=True)).status == 404
    assert await rest("tasks.task.list") == {"tasks": []}


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("event.bind", 403, "WRONG_AUTH_TYPE"),
        ("event.offline.get", 403, "WRONG_AUTH_TYPE"),
        ("placement.bind", 403, "WRONG_AUTH_TYPE"),
        ("app.info", 400, "ACCESS_DENIED"),
        ("app.option.get", 400, "AccessException"),
        ("event.test", 403, "WRONG_AUTH_TYPE"),
        ("events", 403, "WRONG_AUTH_TYPE"),
        ("placement.list", 403, "WRONG_AUTH_TYPE"),
        ("disk.storage.getforapp", 400, "ACCESS_DENIED"),
    ],
)
async def test_what_needs_an_application_is_refused_to_webhooks(rest, name, status, code):
    assert (await rest.full(name)).error == (status, code)


async def test_the_api_describes_itself(rest):
    assert await rest("method.get", {"name": "imbot.v2.bot.register"}) == {
        "isExisting": True,
        "isAvailable": True,
    }
    assert await rest("method.get", {"name": "nothing"}) == {"isExisting": False, "isAvailable": False}
    assert "imbot" in await rest("scope")
    assert (await rest("feature.get", {"CODE": "rest_offline_extended"})) == {"value": "N"}
    assert "tasks.task.add" in {item["method"] for item in (await rest.v3("rest.scope.list"))["items"]}
    assert "/tasks.task.add" in (await rest.v3("rest.documentation.openapi"))["paths"]


async def test_people_and_departments(rest):
    found = await rest.full("user.get", {"FILTER": {"UF_DEPARTMENT": 2, "ACTIVE": True}, "select": ["ID"]})
    assert found.body["result"] == [{"ID": "1"}, {"ID": "2"}, {"ID": "3"}]
    assert found.body["total"] == 3
    assert [u["NAME"] for u in await rest("user.search", {"FIND": "соколова марина"})] == ["Марина"]
    assert [d["NAME"] for d in await rest("department.get", {"PARENT": 1})] == ["ИТ", "Служба приёма"]
    assert await rest("user.admin") is True


async def test_bots_are_not_among_people(rest, bot):
    assert bot.id not in {int(user["ID"]) for user in await rest("user.get")}


async def test_brief_scope_hides_addresses(rest, portal):
    assert "EMAIL" in await rest("user.current")
    portal.config.scopes = ("user_brief",)
    assert "EMAIL" not in await rest("user.current")


async def test_mounted_below_a_prefix(portal, tmp_path):
    root = web.Application()
    root.add_subapp("/portal", build_app(portal))
    async with TestClient(TestServer(root)) as client:
        async with client.post(f"/portal/rest/1/{CODE}/disk.storage.getlist") as response:
            folder = (await response.json())["result"][0]["ROOT_OBJECT_ID"]
        async with client.post(
            f"/portal/rest/1/{CODE}/disk.folder.uploadfile", json={"id": folder}
        ) as response:
            url = (await response.json())["result"]["uploadUrl"]
        assert "/portal/rest/upload.json?token=" in url


async def test_the_same_portal_after_a_restart(tmp_path: Path):
    path = tmp_path / "portal.db"
    first = Portal(PortalConfig(db_path=path))
    seed(first)
    said = chatting.write(first, 5, "2", "до перезапуска")
    first.store("things", first_id=100).insert({"name": "x"})
    blob = first.database.put_blob(b"bytes")
    await first.close()
    second = Portal(PortalConfig(db_path=path))
    seed(second)
    assert len(users(second)) == 6
    assert [m["text"] for m in messages(second).find("chat", said["chat_id"])] == ["до перезапуска"]
    assert chatting.write(second, 2, "5", "после")["id"] == said["id"] + 1
    assert second.store("things").insert({"name": "y"})["id"] == 101
    assert second.database.get_blob(blob) == b"bytes"
    await second.close()


async def test_changes_reach_the_file_while_running(tmp_path: Path):
    path = tmp_path / "portal.db"
    runner = await serve("127.0.0.1", 0, path, PortalConfig(flush_every_s=0.01))
    portal = next(value for value in runner.app.values() if isinstance(value, Portal))
    try:
        chatting.write(portal, 5, "2", "сохрани")
        for _ in range(100):
            with sqlite3.connect(path) as reader:
                kept = reader.execute("SELECT count(*) FROM documents WHERE store = 'messages'").fetchone()[0]
            reader.close()
            if kept:
                break
            await portal.config.sleep(0.01)
        assert kept == 1
    finally:
        await runner.cleanup()


def test_what_could_not_be_written_is_written_later(tmp_path, monkeypatch):
    portal = Portal(PortalConfig(db_path=tmp_path / "portal.db"))
    portal.store("things").insert({"n": 1})
    with monkeypatch.context() as broken:

        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        broken.setattr(portal.database, "write", full)
        with pytest.raises(sqlite3.OperationalError):
            portal.flush()
    portal.flush()
    assert [thing["n"] for thing in portal.database.load("things")] == [1]
    assert portal.database.counters()["things"] == 1
    portal.database.close()


def test_removed_documents_stay_removed(tmp_path: Path):
    path = tmp_path / "portal.db"
    first = Portal(PortalConfig(db_path=path))
    store = first.store("things")
    kept, gone = store.insert({"n": 1}), store.insert({"n": 2})
    first.flush()
    store.remove(gone["id"])
    first.flush()
    first.database.close()
    second = Portal(PortalConfig(db_path=path))
    assert [thing["id"] for thing in second.store("things")] == [kept["id"]]
    second.database.close()


def test_indexes_follow_changes(portal):
    store = portal.store("things")
    store.add_index("tags", lambda thing: thing["tags"])
    thing = store.insert({"tags": ["a", "b"]})
    assert store.find("tags", "b") == [thing]
    thing["tags"] = ["c"]
    store.save(thing)
    assert (store.find("tags", "b"), store.find("tags", "c")) == ([], [thing])
    store.remove(thing["id"])
    assert store.find("tags", "c") == []


def test_a_method_is_registered_once():
    @method("test.once")
    def once(_call):
        return 1

    try:
        with pytest.raises(ValueError, match="twice"):
            method("Test.Once")(once)
    finally:
        del METHODS["test.once"]


def test_errors_read_well():
    assert str(RestError("CODE", "text")) == "CODE: text"


_SCALARS = st.text(max_size=5)
_KEYS = st.text("abcXYZ_", min_size=1, max_size=4)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(_KEYS, inner, min_size=1, max_size=3)
    ),
)


@given(st.dictionaries(_KEYS, _TREES, max_size=3))
def test_what_a_form_says_is_what_was_meant(data):
    assert decode(encode(data)) == data


@pytest.mark.parametrize(
    ("pairs", "meaning"),
    [
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[0]", "1"), ("a[2]", "2")], {"a": {"0": "1", "2": "2"}}),
        ([("a", "1"), ("a", "2")], {"a": "2"}),
        ([("a[>ID]", "5")], {"a": {">ID": "5"}}),
    ],
)
def test_php_arrays(pairs, meaning):
    assert decode(pairs) == meaning


def test_a_form_knows_strings_only():
    data = {"a": 1, "b": True, "c": False, "d": None, "e": [], "f": {}}
    assert encode(data) == [("a", "1"), ("b", "1"), ("c", "0"), ("d", "")]
