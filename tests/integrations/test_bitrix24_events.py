import copy
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from domain.chat import Address, Channel, FileRef, IncomingKind
from domain.errors import Refused
from integrations.bitrix24.events import BotRemoved, Unreadable, from_fetch, from_post, read
from integrations.bitrix24.receiver import read_fetched
from integrations.bitrix24.webhook import WebhookReceiver, decode_body

BOT = 456
USER = {
    "id": 5, "active": True, "name": "Ольга Иванова", "firstName": "Ольга", "bot": False, "email": "o@hotel.example",
    "type": "employee", "departments": [3], "phones": False,
}  # fmt: skip
PRIVATE = {"id": 50, "dialogId": "5", "type": "private", "messageType": "P", "name": "", "owner": BOT}
GROUP = {
    "id": 51,
    "dialogId": "chat51",
    "type": "chat",
    "messageType": "C",
    "name": "FB-2026-000001",
    "owner": BOT,
}


def message(text, **others):
    return {
        "id": 789, "chatId": 50, "authorId": 5, "date": "2026-11-20T12:30:00+03:00", "text": text, "isSystem": False,
        "uuid": "", "forward": None, "params": {}, "viewedByOthers": False, **others,
    }  # fmt: skip


def data(**others):
    bot = {"id": BOT, "code": "concierge", "auth": {"access_token": "t0ken", "application_token": "app"}}
    return {"bot": bot, "chat": PRIVATE, "user": USER, "language": "ru", **others}


def command(context="textarea", name="/help", params="тема", **others):
    return data(
        command={"id": 78, "command": name, "params": params, "context": context},
        message=message(f"{name} {params}", **others),
    )


def form_pairs(value, prefix=""):
    """As http_build_query writes: every scalar a text, false "0", null "", empty arrays gone."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from form_pairs(item, f"{prefix}[{key}]" if prefix else str(key))
        return
    yield (
        prefix,
        ""
        if value is None
        else {True: "1", False: "0"}.get(value, str(value))
        if isinstance(value, bool)
        else str(value),
    )


def fetched(kind, payload, event_id=1001):
    return from_fetch(
        {"eventId": event_id, "type": kind, "date": "2026-11-20T12:30:05+03:00", "data": payload}
    )


def posted(kind, payload):
    body = {"event": kind, "data": payload, "ts": 1795167005, "auth": {"application_token": "app"}}
    form = decode_body(urlencode(list(form_pairs(body))).encode(), "application/x-www-form-urlencoded")
    as_json = decode_body(json.dumps(body).encode(), "application/json")
    readings = [read(from_post(form), BOT), read(from_post(as_json), BOT)]
    assert readings[0] == readings[1]
    return from_post(form)


@pytest.fixture(params=["fetch", "post"])
def told(request):
    """The same event by both ways: what we read must not depend on the way."""
    return fetched if request.param == "fetch" else posted


def test_words(told):
    got = read(
        told("ONIMBOTV2MESSAGEADD", data(message=message("[b]Не[/b] печатает", params={"REPLY_ID": "700"}))),
        BOT,
    )
    assert got.kind is IncomingKind.TEXT
    assert (got.event_key, got.message_id, got.text, got.reply_to) == (
        "message:789",
        "789",
        "Не печатает",
        "700",
    )
    assert got.address == Address(Channel.BITRIX24, "5")
    assert got.is_private
    assert got.at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    sender = got.sender
    assert (sender.external_id, sender.name, sender.email, sender.language) == (
        "5", "Ольга Иванова", "o@hotel.example", "ru",
    )  # fmt: skip


def test_words_in_a_thread(told):
    payload = data(message=message(f"[USER={BOT}]Консьерж[/USER], смотрю"), chat=GROUP)
    got = read(told("ONIMBOTV2MESSAGEADD", payload), BOT)
    assert (got.text, got.address.chat, got.is_private) == ("смотрю", "chat51", False)


@pytest.mark.parametrize(
    ("params", "files"),
    [
        ({"FILE_ID": [12, 13]}, ("12", "13")),
        ({"FILE_ID": {"0": "12"}}, ("12",)),
        ({"FILE_ID": 12}, ("12",)),
        ({"files": [{"id": 12, "name": "a.png", "size": 10}]}, ("12",)),
        ({"files": [{"id": 12, "name": "a.png"}], "FILE_ID": [12]}, ("12",)),
        ({"files": [12]}, ("12",)),
        ([], ()),
        ({"FILE_ID": []}, ()),
    ],
)
def test_files_in_every_known_form(told, params, files):
    got = read(told("ONIMBOTV2MESSAGEADD", data(message=message("", params=params))), BOT)
    assert tuple(ref.file_id for ref in got.files) == files
    if isinstance(params, dict) and params.get("files") and isinstance(params["files"][0], dict):
        assert got.files[0] == FileRef(Channel.BITRIX24, "12", "a.png", params["files"][0].get("size"))


def test_a_typed_command_is_one_event_in_both_forms(told):
    as_command = read(told("ONIMBOTV2COMMANDADD", command(name="/guest", params="Иванов")), BOT)
    as_message = read(told("ONIMBOTV2MESSAGEADD", data(message=message("/guest Иванов"))), BOT)
    assert as_command == as_message
    assert (as_command.kind, as_command.command, as_command.text) == (IncomingKind.COMMAND, "guest", "Иванов")
    assert as_command.event_key == "message:789"


@pytest.mark.parametrize("text", ["/", "/ help", "//заметка", "/usr/bin тут", "05/11"])
def test_a_slash_alone_makes_no_command(text):
    got = read(fetched("ONIMBOTV2MESSAGEADD", data(message=message(text))), BOT)
    assert (got.kind, got.text) == (IncomingKind.TEXT, text)


def test_a_press_is_its_own_event():
    payload = command("keyboard", "/press", "confirm:17", authorId=BOT)
    got = read(fetched("ONIMBOTV2COMMANDADD", payload), BOT)
    assert (got.kind, got.payload, got.message_id, got.sender.external_id) == (
        IncomingKind.PRESS, "confirm:17", "789", "5",
    )  # fmt: skip
    assert got.event_key == "event:1001"
    again = read(fetched("ONIMBOTV2COMMANDADD", payload, event_id=1002), BOT)
    assert again.event_key != got.event_key
    assert read(posted("ONIMBOTV2COMMANDADD", payload), BOT).event_key == "press:789:5:confirm:17:1795167005"


def test_a_typed_press_presses_nothing(told):
    got = read(told("ONIMBOTV2COMMANDADD", command("textarea", "/press", "confirm:17")), BOT)
    assert (got.kind, got.payload) == (IncomingKind.COMMAND, None)


def test_an_edit(told):
    event = told("ONIMBOTV2MESSAGEUPDATE", data(message=message("иначе")))
    got = read(event, BOT)
    assert got.edited
    assert got.event_key == f"edit:789:{event.event_id or event.ts}"
    assert got.text == "иначе"


def test_a_deletion(told):
    got = read(told("ONIMBOTV2MESSAGEDELETE", data(messageId=789)), BOT)
    assert (got.kind, got.message_id, got.event_key) == (IncomingKind.DELETED, "789", "delete:789")


def test_joining(told):
    got = read(told("ONIMBOTV2JOINCHAT", data(dialogId="chat51", chat=GROUP)), BOT)
    assert (got.kind, got.address.chat, got.is_private) == (IncomingKind.JOINED, "chat51", False)


def test_the_bots_removal(told):
    assert read(told("ONIMBOTV2DELETE", {"bot": {"id": BOT}}), BOT) == BotRemoved()


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (
            "ONIMBOTV2MESSAGEADD",
            data(message=message("сам", authorId=BOT), user={**USER, "id": BOT, "bot": True}),
        ),
        (
            "ONIMBOTV2MESSAGEADD",
            data(message=message("другой бот", authorId=9), user={**USER, "id": 9, "bot": True}),
        ),
        ("ONIMBOTV2MESSAGEADD", data(message=message("вошёл", authorId=0), user={"id": 0, "bot": False})),
        ("ONIMBOTV2MESSAGEADD", data(message=message("вошёл", isSystem=True))),
        ("ONIMBOTV2MESSAGEUPDATE", data(message=message("сам", authorId=BOT))),
        ("ONIMBOTV2MESSAGEDELETE", data(messageId=1, user={**USER, "id": BOT, "bot": True})),
        ("ONIMBOTV2JOINCHAT", data(dialogId="chat51", chat=GROUP, user={**USER, "id": BOT, "bot": True})),
        ("ONIMBOTV2REACTIONCHANGE", data(message=message("x"), reaction="like", action="add")),
        ("ONIMBOTV2CONTEXTGET", data(dialogId="5", context={"a": 1})),
    ],
)
def test_what_is_not_our_business(told, kind, payload):
    assert read(told(kind, payload), BOT) is None


@pytest.mark.parametrize(
    "raw",
    [
        {"eventId": 5, "type": "ONIMBOTV3SOMETHING", "date": "", "data": data()},
        {"eventId": 5, "type": "ONIMBOTV2MESSAGEADD", "data": []},
        {
            "eventId": 5,
            "type": "ONIMBOTV2MESSAGEADD",
            "data": data(message={"text": "без номера", "authorId": 5}),
        },
        {"eventId": 5, "type": "ONIMBOTV2MESSAGEADD", "data": data(message=message("x"), chat={}, user=USER)},
        {"eventId": 5, "type": "ONIMBOTV2COMMANDADD", "data": data(message=message("x"), command=[])},
        {"eventId": 5, "type": None, "data": {}},
        "nonsense",
    ],
)
def test_the_unreadable_is_kept_without_tokens(raw):
    got = read_fetched(copy.deepcopy(raw), BOT)
    assert isinstance(got, Unreadable)
    assert "t0ken" not in repr(got)


class Web:
    """The receiver with lists for hands."""

    def __init__(self, pinned=None):
        self.messages, self.unreadable, self.problems, self.pinned = [], [], [], pinned

        class KnownBot:
            bot_id = BOT

        self.receiver = WebhookReceiver(
            KnownBot(), self._take, load_token=self._load, pin_token=self._pin, on_unreadable=self._keep,
            on_problem=lambda code, _: self.problems.append(code),
        )  # fmt: skip

    async def _take(self, messages):
        self.messages += messages

    async def _keep(self, items):
        self.unreadable += items

    async def _load(self):
        return self.pinned

    async def _pin(self, token):
        self.pinned = self.pinned or token
        return self.pinned

    async def post(self, kind, payload, token="app", *, as_json=False):
        body = {"event": kind, "data": payload, "ts": 1795167005, "auth": {"application_token": token}}
        raw = json.dumps(body).encode() if as_json else urlencode(list(form_pairs(body))).encode()
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        await self.receiver.receive({}, raw, kind)


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_posted_event_comes_in_and_pins_its_token(as_json):
    web = Web()
    await web.post("ONIMBOTV2MESSAGEADD", data(message=message("привет")), as_json=as_json)
    assert [item.text for item in web.messages] == ["привет"]
    assert web.pinned == "app"


async def test_another_token_or_bot_is_refused():
    web = Web(pinned="app")
    for payload, token in (
        (data(message=message("x")), "other"),
        (data(message=message("x")), ""),
        (data(message=message("x"), bot={"id": 7}), "app"),
    ):
        with pytest.raises(Refused, match="forged"):
            await web.post("ONIMBOTV2MESSAGEADD", payload, token)
    assert web.messages == []


async def test_a_posted_riddle_is_kept_and_a_removal_told():
    web = Web(pinned="app")
    await web.post("ONIMBOTV2NEWTHING", data())
    await web.post("ONIMBOTV2DELETE", {"bot": {"id": BOT}})
    assert len(web.unreadable) == 1
    assert web.problems == ["bitrix-bot-removed"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{", "application/json"), (b"a=1&" * 6000, "text/plain"), (b"x" * (1 << 21), "text/plain")],
)
async def test_rubbish_is_refused(body, kind):
    with pytest.raises(Refused):
        await Web(pinned="app").receiver.receive({}, body, kind)
