"""im.* as the webhook's user, files in chats and on the Drive, notifications."""

import base64

import pytest
from aiohttp import FormData

from sandbox.portal import chatting
from sandbox.portal.documents import notifications
from sandbox.portal.rooms import create_chat


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def fetch(client, url, **options):
    """Status and body of a link of the portal."""
    path = url[url.index("/rest/") :]
    async with client.get(path, **options) as response:
        return response.status, await response.read()


async def test_messages_as_the_user(rest, portal):
    first = await rest("im.message.add", {"DIALOG_ID": "5", "MESSAGE": "раз"})
    chatting.write(portal, 5, "1", "два")
    last = await rest("im.message.add", {"DIALOG_ID": 5, "MESSAGE": "три", "REPLY_ID": first})
    listed = await rest("im.dialog.messages.get", {"DIALOG_ID": "5"})
    assert [(m["author_id"], m["text"]) for m in listed["messages"]] == [(1, "три"), (5, "два"), (1, "раз")]
    assert listed["messages"][0]["params"] == {"REPLY_ID": first}
    assert listed["messages"][2]["params"] == []
    assert {user["id"] for user in listed["users"]} == {1, 5}
    newer = await rest("im.dialog.messages.get", {"DIALOG_ID": "5", "FIRST_ID": first, "LIMIT": 1})
    assert [m["text"] for m in newer["messages"]] == ["два"]
    older = await rest("im.dialog.messages.get", {"DIALOG_ID": "5", "LAST_ID": last, "LIMIT": 1})
    assert [m["text"] for m in older["messages"]] == ["два"]
    assert await rest("im.message.update", {"MESSAGE_ID": first, "MESSAGE": "один"}) is True
    assert await rest("im.message.delete", {"MESSAGE_ID": last}) is True
    texts = [m["text"] for m in (await rest("im.dialog.messages.get", {"DIALOG_ID": "5"}))["messages"]]
    assert texts[1:] == ["два", "один"]


@pytest.mark.parametrize(
    ("name", "params", "error"),
    [
        ("im.message.add", {"MESSAGE": "x"}, (400, "USER_ID_EMPTY")),
        ("im.message.add", {"DIALOG_ID": "5"}, (400, "MESSAGE_EMPTY")),
        ("im.message.add", {"DIALOG_ID": "999", "MESSAGE": "x"}, (400, "USER_NOT_FOUND")),
        ("im.message.add", {"DIALOG_ID": "chat999", "MESSAGE": "x"}, (400, "CHAT_ID")),
        ("im.message.add", {"DIALOG_ID": "5", "MESSAGE": "x", "REPLY_ID": 999}, (400, "REPLY_ACCESS_ERROR")),
        ("im.message.add", {"DIALOG_ID": "5", "ATTACH": "{"}, (400, "ATTACH_ERROR")),
        (
            "im.message.add",
            {"DIALOG_ID": "5", "ATTACH": [{"MESSAGE": "x" * 60_001}]},
            (400, "ATTACH_OVERSIZE"),
        ),
        ("im.message.update", {"MESSAGE": "x"}, (400, "MESSAGE_ID_ERROR")),
        ("im.message.update", {"MESSAGE_ID": 999, "MESSAGE": "x"}, (403, "CANT_EDIT_MESSAGE")),
        ("im.dialog.messages.get", {}, (400, "DIALOG_ID_EMPTY")),
        ("im.dialog.messages.get", {"DIALOG_ID": "chat999"}, (403, "ACCESS_ERROR")),
        ("im.dialog.messages.get", {"DIALOG_ID": "5", "FIRST_ID": "x"}, (400, "FIRST_ID_STRING")),
        ("im.search.chat.list", {"FIND": "x"}, (400, "FIND_SHORT")),
        ("im.chat.user.add", {"USERS": [2]}, (400, "CHAT_ID_EMPTY")),
    ],
)
async def test_im_errors(rest, name, params, error):
    assert (await rest.full(name, params)).error == error


async def test_chats_of_others_stay_closed(rest, portal):
    chat = create_chat(portal, owner=5, actor=5, user_ids=[6], title="Ночная смена")
    dialog = {"DIALOG_ID": f"chat{chat['id']}"}
    assert (await rest.full("im.message.add", {**dialog, "MESSAGE": "x"})).error == (403, "ACCESS_ERROR")
    assert (await rest.full("im.dialog.get", dialog)).error == (403, "ACCESS_ERROR")
    assert await rest("im.search.chat.list", {"FIND": "Ночная"}) == []


async def test_a_chat_is_made_found_and_filled(rest, portal):
    fields = {"TITLE": "Заявка HOT-12", "USERS": [2, 3], "MESSAGE": "Начали", "COLOR": "LIGHT_BLUE"}
    chat_id = await rest("im.chat.add", {**fields, "ENTITY_TYPE": "CONCIERGE", "ENTITY_ID": "12"})
    assert await rest("im.chat.get", {"ENTITY_TYPE": "CONCIERGE", "ENTITY_ID": "12"}) == {"ID": chat_id}
    assert await rest("im.chat.get", {"ENTITY_TYPE": "CONCIERGE", "ENTITY_ID": "13"}) == []
    found = await rest.full("im.search.chat.list", {"FIND": "hot-12"})
    assert (found.body["result"][0]["id"], found.body["total"]) == (chat_id, 1)
    assert await rest("im.chat.user.add", {"CHAT_ID": chat_id, "USERS": [5, 999]}) is True
    assert await rest("im.chat.user.list", {"CHAT_ID": chat_id}) == [1, 2, 3, 5]
    shape = await rest("im.dialog.get", {"DIALOG_ID": f"chat{chat_id}"})
    assert (shape["name"], shape["color"], shape["user_counter"]) == ("Заявка HOT-12", "#4ba5c3", 4)
    chatting.write(portal, 2, f"chat{chat_id}", "Слышу")
    recent = await rest.full("im.recent.list", {"SKIP_DIALOG": "Y"})
    item = recent.body["result"]["items"][0]
    assert (item["id"], item["message"]["text"], item["counter"]) == (f"chat{chat_id}", "Слышу", 1)
    assert recent.body["total"] == -1
    await rest("im.dialog.read", {"DIALOG_ID": f"chat{chat_id}"})
    assert (await rest("im.recent.list", {"UNREAD_ONLY": "Y"}))["items"] == []


async def test_recent_pages(rest):
    for user in (2, 3, 4):
        await rest("im.message.add", {"DIALOG_ID": user, "MESSAGE": "x"})
    page = await rest("im.recent.list", {"LIMIT": 2})
    assert ([item["id"] for item in page["items"]], page["hasMore"]) == ([4, 3], True)
    page = await rest("im.recent.list", {"LIMIT": 2, "OFFSET": 2})
    assert ([item["id"] for item in page["items"]], page["hasMore"]) == ([2], False)


async def test_a_persons_file_reaches_the_bot_and_is_fetched_once(client, portal, bot):
    chat = chatting.find_dialog(portal, 5, str(bot.id))
    _message, file = chatting.send_file(portal, 5, chat, "снимок.png", b"\x89PNG data", "вот")
    heard = (await bot.drain())[-1]["data"]["message"]
    assert heard["params"] == {"FILE_ID": [file["id"]]}
    url = (await bot("File.download", fileId=file["id"]))["downloadUrl"]
    assert await fetch(client, url) == (200, b"\x89PNG data")
    assert (await fetch(client, url))[0] == 403
    portal.switches.set("message_files", "files")
    chatting.send_file(portal, 5, chat, "b.txt", b"b")
    assert (await bot.drain())[-1]["data"]["message"]["params"]["files"][0]["name"] == "b.txt"


async def test_links_expire_and_want_a_browser(client, portal, bot, time):
    sent = await bot("File.upload", dialogId="5", fields={"name": "a.txt", "content": b64(b"abc")})
    place = {"fileId": sent["file"]["id"]}
    url = (await bot("File.download", **place))["downloadUrl"]
    assert (await fetch(client, url, skip_auto_headers=["User-Agent"]))[0] == 403
    time.push(portal.config.download_ttl_s + 1)
    assert (await fetch(client, url))[0] == 403


async def test_a_bots_file(rest, bot):
    fields = {"name": "отчёт.PDF", "content": b64(b"%PDF"), "message": "Отчёт"}
    sent = await bot("File.upload", dialogId="5", fields=fields)
    assert (sent["file"]["extension"], sent["file"]["size"], sent["dialogId"]) == ("pdf", 4, "5")
    assert (await bot.full("File.download", fileId=999)).error == (400, "FILE_NOT_FOUND")
    for bad, code in (({"name": "x"}, "FILE_EMPTY"), ({"name": "x", "content": "%"}, "FILE_INVALID_CONTENT")):
        assert (await bot.full("File.upload", dialogId="5", fields=bad)).error == (400, code)


async def test_foreign_files_stay_closed(portal, bot):
    chat = create_chat(portal, owner=5, actor=5, user_ids=[6])
    _message, file = chatting.send_file(portal, 5, chat, "a.txt", b"a")
    assert (await bot.full("File.download", fileId=file["id"])).error == (403, "FILE_ACCESS_ERROR")


async def test_the_users_file_into_a_chat(client, rest, portal):
    chat = create_chat(portal, owner=5, actor=5, user_ids=[1])
    dialog = f"chat{chat['id']}"
    sent = await rest(
        "im.v2.File.upload", {"dialogId": dialog, "fields": {"name": "a.txt", "content": b64(b"abc")}}
    )
    listed = await rest("im.dialog.messages.get", {"DIALOG_ID": dialog})
    assert (listed["messages"][0]["id"], listed["files"][0]["id"]) == (sent["messageId"], sent["file"]["id"])
    url = (await rest("im.v2.File.download", {"fileId": sent["file"]["id"]}))["downloadUrl"]
    assert await fetch(client, url) == (200, b"abc")
    missing = await rest.full("im.v2.File.upload", {"dialogId": "chat999", "fields": {}})
    assert missing.error == (400, "CHAT_NOT_FOUND")


async def test_the_drive(client, rest):
    storages = await rest("disk.storage.getlist", {"filter": {"ENTITY_TYPE": "user", "ENTITY_ID": 1}})
    assert [s["NAME"] for s in storages] == ["Анна Волкова"]
    root = storages[0]["ROOT_OBJECT_ID"]
    folder = await rest("disk.folder.addsubfolder", {"id": root, "data": {"NAME": "Заявки"}})
    again = await rest.full("disk.folder.addsubfolder", {"id": root, "data": {"NAME": "Заявки"}})
    assert again.error == (400, "DISK_OBJ_22000")
    upload = {"id": folder["ID"], "data": {"NAME": "a.txt"}, "fileContent": ["a.txt", b64(b"abc")]}
    file = await rest("disk.folder.uploadfile", upload)
    assert (file["SIZE"], file["TYPE"]) == ("3", "file")
    assert file["ID"] != file["FILE_ID"]
    assert (await rest.full("disk.folder.uploadfile", upload)).error == (400, "DISK_OBJ_22000")
    twin = await rest("disk.folder.uploadfile", {**upload, "generateUniqueName": True})
    assert twin["NAME"] == "a (1).txt"
    read = await rest("disk.file.get", {"id": file["ID"]})
    assert read["ID"] == str(file["ID"])
    assert await fetch(client, read["DOWNLOAD_URL"]) == (200, b"abc")
    listed = await rest.full("disk.folder.getchildren", {"id": folder["ID"]})
    assert (listed.body["total"], [f["NAME"] for f in listed.result]) == (2, ["a.txt", "a (1).txt"])
    assert [f["NAME"] for f in await rest("disk.storage.getchildren", {"id": storages[0]["ID"]})] == [
        "Заявки"
    ]
    assert (await rest.full("disk.file.get", {"id": 9999})).error == (400, "ERROR_NOT_FOUND")
    assert (await rest.full("disk.file.get", {})).error == (400, "ERROR_ARGUMENT")


async def test_a_file_by_the_upload_address(client, rest):
    root = (await rest("disk.storage.getlist"))[0]["ROOT_OBJECT_ID"]
    link = await rest("disk.folder.uploadfile", {"id": root})
    url = link["uploadUrl"][link["uploadUrl"].index("/rest/") :]
    form = FormData()
    form.add_field(link["field"], b"by form", filename="form.txt")
    async with client.post(url, data=form) as response:
        file = (await response.json())["result"]
    assert (file["NAME"], file["SIZE"]) == ("form.txt", "7")
    assert (await fetch(client, file["DOWNLOAD_URL"]))[1] == b"by form"


async def test_the_application_storage_behind_its_switch(rest, portal):
    portal.switches.set("app_storage", True)
    assert (await rest("disk.storage.getforapp"))["ENTITY_TYPE"] == "restapp"


async def test_notifications_replace_by_tag(rest, portal):
    first = await rest(
        "im.notify.personal.add", {"USER_ID": 5, "MESSAGE": "раз", "TAG": "t", "CLIENT_ID": "c"}
    )
    second = await rest(
        "im.notify.system.add", {"USER_ID": 5, "MESSAGE": "два", "TAG": "t", "CLIENT_ID": "c"}
    )
    assert second > first
    assert [note["text"] for note in notifications(portal).find("user", 5)] == ["два"]
    assert await rest("im.notify.system.add", {"USER_ID": 999, "MESSAGE": "x"}) is False
    assert (await rest.full("im.notify.system.add", {"MESSAGE": "x"})).error == (400, "USER_ID_EMPTY")
    assert (await rest.full("im.notify.system.add", {"USER_ID": 5})).error == (400, "MESSAGE_EMPTY")
