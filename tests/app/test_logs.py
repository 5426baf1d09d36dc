"""The log: one JSON object a line, what belongs together under one key, and nothing secret or personal in it."""

import asyncio
import io
import logging

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.logs import configure, redact
from domain.chat import IncomingMessage
from tests.app.world import CODE, TOKEN, Running

SECRET = [
    ("https://hotel.bitrix24.ru/rest/1/abc123def456/crm.item.add", "abc123def456"),
    ("POST /rest/api/17/Zx9-_q/tasks.task.add", "Zx9-_q"),
    ("https://api.telegram.org/bot123456789:AAH-secret_x/getMe", "AAH-secret_x"),
    ("token is 123456789:AAHsecretx_-9 here", "AAHsecretx"),
    ("postgresql+asyncpg://concierge:geheim42@db:5432/x", "geheim42"),
    ("password=geheim42&x=1", "geheim42"),
    ('{"botToken": "geheim42", "a": 1}', "geheim42"),
    ("{'client_secret': 'geheim42'}", "geheim42"),
    ("Authorization: Bearer geheim42-x.y", "geheim42"),
    ("the token cnc_ab12cd34ef_geheim42 was used", "geheim42"),
    ("authorization basic dXNlcjpnZWhlaW00Mg==", "dXNlcjpn"),
    ("write to ivan.petrov+x@hotel-grand.ru, please", "ivan.petrov"),
    ("call +7 (916) 123-45-67 now", "123-45"),
    ("call +4915112345678", "15112345678"),
    ("call 8 916 123 45 67", "123 45"),
    ("call 79161234567.", "9161234567"),
    ("[type=missing, input_value={'name': 'Ольга'}, input_type=dict]", "Ольга"),
    ("DETAIL:  Key (name)=(Ольга) already exists.", "Ольга"),
]
HARMLESS = [
    "FB-2026-000123 registered",
    "2026-11-22T21:00:00.123456Z",
    "sync GRAND took 12.5 s, 1234567 rows",
    "[bitrix24] webhook_url, bot_token: not set",
    "chat -1002000000001",
    "host 127.0.0.1:8080",
    "http://127.0.0.1:8080/healthz",
]


@pytest.mark.parametrize(("line", "secret"), SECRET)
def test_what_is_blanked(line, secret):
    assert secret not in redact(line)
    assert "***" in redact(line)


@pytest.mark.parametrize("line", HARMLESS)
def test_what_stays_as_it_is(line):
    assert redact(line) == line


@pytest.fixture
def written():
    """Logs as said, and gives the log as it would stand in a file."""
    root = logging.getLogger()
    before, file = (root.handlers[:], root.level), io.StringIO()

    def begin(style="json", level="DEBUG"):
        configure(style, level)
        root.handlers[0].setStream(file)
        return file

    yield begin
    root.handlers[:], root.level = before[0], before[1]
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def lines(written):
    """The same as JSON, line by line."""
    file = written()
    return lambda: [orjson.loads(line) for line in file.getvalue().splitlines()]


def test_every_way_into_the_log_is_blanked(lines):
    mail = "olga@hotel.example"
    log = structlog.get_logger("app.test")
    words = f"to {mail}"
    log.info(words, detail=mail, nested={"to": [mail, {"at": mail}]}, token="geheim42", n=5)
    logging.getLogger("integrations.x").warning("to %s", mail, extra={"who": mail})
    try:
        int(mail)
    except ValueError:
        log.exception("failed")
    told = lines()
    assert len(told) == 3
    assert mail not in str(told)
    assert "geheim42" not in str(told)
    assert told[0]["n"] == 5
    assert "ValueError" in told[2]["exception"]


PHONES = st.from_regex(r"\+7 ?\(?9\d\d\)? ?\d{3}[- ]?\d\d[- ]?\d\d|8 9\d\d \d{3} \d\d \d\d", fullmatch=True)
MAILS = st.from_regex(r"[a-z]{3,8}\.[a-z]{3,8}@[a-z]{3,8}\.(ru|com|example)", fullmatch=True)
CODES = st.from_regex(r"[a-z0-9]{16,32}", fullmatch=True)
BOTS = st.from_regex(r"[1-9]\d{8}:[A-Za-z0-9_-]{20,35}", fullmatch=True)
SECRETS = st.one_of(
    PHONES.map(lambda one: (one, one)),
    MAILS.map(lambda one: (one, one)),
    BOTS.map(lambda one: (f"bot{one}/getMe", one.partition(":")[2])),
    CODES.map(lambda one: (f"https://hotel.bitrix24.ru/rest/7/{one}/crm.item.list", one)),
    CODES.map(lambda one: (f"https://hotel.example/x?auth={one}&y=1", one)),
    CODES.map(lambda one: (f"Authorization: Bearer {one}", one)),
    CODES.map(lambda one: (f"cnc_ab12cd34ef_{one}", one)),
    CODES.map(lambda one: (f'{{"refresh_token": "{one}"}}', one)),
)
"""A line with something in it that may stand in no log, and that something."""
AROUND = st.text(alphabet="abc яё.,:;()-\n", max_size=12)


def _said(log, way, line):
    match way:
        case 0:
            log.info(line)
        case 1:
            log.info("words", detail=line)
        case 2:
            log.warning("words", nested={"a": [line, {"b": (line,)}]}, some={line})
        case 3:
            logging.getLogger("integrations.x").warning("to %s", line, extra={"who": line})
        case 4:
            try:
                {}[line]
            except KeyError:
                log.exception("failed")
        case 5:
            with structlog.contextvars.bound_contextvars(place=line):
                log.info("words")


def test_nothing_secret_survives_whatever_way_it_comes(written):
    """Any phone, e-mail or token, in any surroundings, by any way into the log."""
    file = written()
    log = structlog.get_logger("app.test")

    @given(AROUND, SECRETS, AROUND, st.integers(0, 5))
    def holds(before, secret, after, way):
        line, hidden = secret
        file.seek(0)
        file.truncate()
        _said(log, way, f"{before} {line} {after}")
        assert file.getvalue()
        assert hidden not in file.getvalue()

    holds()


def test_what_pydantic_refuses_is_not_quoted(lines):
    log = structlog.get_logger("handlers.test")
    name = "Ольга"
    try:
        TypeAdapter(IncomingMessage).validate_python({"channel": "bitrix24", "text": name})
    except ValidationError:
        log.exception("event failed")
    (told,) = lines()
    assert "ValidationError" in told["exception"]
    assert f"'{name}'" not in told["exception"]


def test_libraries_keep_their_details_to_themselves(lines):
    logging.getLogger("aiosqlite").debug("executing INSERT ... ('Ольга')")
    logging.getLogger("storage.x").debug("ours")
    assert [one["event"] for one in lines()] == ["ours"]


def test_context_is_told_and_cyrillic_stays_readable(written):
    file = written()
    with structlog.contextvars.bound_contextvars(portal=1, delivery=7):
        structlog.get_logger("app.test").info("ушло")
        logging.getLogger("integrations.x").info("тоже")
    for line in file.getvalue().splitlines():
        one = orjson.loads(line)
        assert (one["portal"], one["delivery"]) == (1, 7)
        assert one["event"] in line


def test_a_terminal_gets_plain_lines(written):
    file = written("console", "INFO")
    structlog.get_logger("app.test").info("serving", to="olga@hotel.example")
    assert "serving" in file.getvalue()
    assert "olga@" not in file.getvalue()
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(file.getvalue())


# --- the whole service at DEBUG ------------------------------------------------------------------------------

WORDS = "Не открывается карта гостя Сидорчука"
MAIL, PHONE = "sidorchuk@guests.example", "+7 916 555-44-33"


@pytest.mark.timeout(180)
async def test_a_whole_day_at_debug_tells_nothing_personal(world):
    """People file, a sync runs, neighbours fail, somebody asks for a guest: every line is read for what it may not hold."""
    world.mirrored()
    process = await Running.start(world.config, CONCIERGE_DEBUG="1")
    try:
        await _a_day(world)
        code = await process.stop()
    finally:
        await process.kill()
    assert code == 0
    assert len(process.raw) == len(process.log) > 100, [line for line in process.raw if line[:1] != "{"][:5]
    whole = "\n".join(process.raw)
    guests = {
        item["title"].split()[-1] for item in (await world.get("_sandbox/crm/contacts?limit=200"))["items"]
    }
    forbidden = {
        CODE,
        TOKEN,
        TOKEN.partition(":")[2] + "/",
        world.portal["bot_token"],
        WORDS,
        "Сидорчук",
        MAIL,
    }
    forbidden |= {"916 555", "9165554433", "olga.ivanova", "Ольга", "Иванова", "Пётр", "Секретный ответ"}
    forbidden |= {name for name in guests if len(name or "") > 5}
    found = {word for word in forbidden if word in whole}
    assert not found, [line for line in process.raw if any(word in line for word in found)][:5]
    for key in ("event_id", "delivery", "order", "run", "portal"):
        assert any(key in entry for entry in process.log), key
    assert _follows(process.log, "event_id"), "no event's id is found on the calls of its deliveries"
    assert any(entry.get("cause", "").startswith("o") and "run" in entry for entry in process.log)


def _follows(log, key):
    """Causes of events that stand on calls to the portal made by their deliveries, too."""
    events = {entry["cause"] for entry in log if key in entry}
    calls = {e["cause"] for e in log if e["event"] == "bitrix24 call" and "delivery" in e and "cause" in e}
    return events & calls


async def _a_day(world):
    bot = await _until(lambda: _bot(world), "the bot")
    await world.fault(kind="html", method="imbot.v2.Chat.Message.send", times=2)
    await world.fault(kind="error", code="ACCESS_DENIED", method="im.message.add", times=1)
    await world.telegram_fault(kind="error", code=400, description="Bad Request: chat not found", left=2)
    for text in ("/new", f"{WORDS}, почта {MAIL}, телефон {PHONE}"):
        await _says(world, bot, text)
        await asyncio.sleep(0.2)
    filing = ("Инцидент", "Оставить", "Пропустить", "Пропустить", "Мой логин", "Этот портал", "Отправить")
    await _presses(world, bot, filing)
    done = await world.concierge("sync", "GRAND", "--json")
    assert done.json["created"] > 10
    await world.fault(kind="error", code="ERROR_CORE", method="imbot.v2.Chat.*", times=2)
    for text in ("/guest Сидорчук", "номер 305", f"/guest {PHONE}", "/arrivals", "/request FB-2026-999999"):
        await _says(world, bot, text)
    thread = await _until(lambda: _thread(world), "the thread")
    await asyncio.sleep(0.2)
    await world.mend()
    await world.post("_sandbox/as/2/messages", {"dialogId": thread, "text": "Секретный ответ"})
    await _until(lambda: _told(world, bot), "the answer")


async def _says(world, bot, text):
    await world.post("_sandbox/as/5/messages", {"dialogId": str(bot), "text": text})


async def _presses(world, bot, labels):
    """Each label on a step that wasn't pressed yet."""
    pressed = []

    async def fresh(label):
        found = (await world.get(f"_sandbox/as/5/dialogs/{bot}/messages"))["messages"]
        for message in reversed(found):
            offered = {button.get("TEXT") for button in message.get("keyboard") or []}
            if label in offered and message["text"] not in pressed:
                return message
        return None

    for label in labels:
        message = await _until(lambda wanted=label: fresh(wanted), label)
        pressed.append(message["text"])
        await world.post("_sandbox/as/5/press", {"messageId": message["id"], "text": label})


async def _bot(world):
    return (await world.get("_sandbox/page.json"))["botUserId"]


async def _thread(world):
    dialogs = (await world.get("_sandbox/as/2/dialogs"))["dialogs"]
    return next((one["dialogId"] for one in dialogs if one["title"].startswith("FB-")), None)


async def _told(world, bot):
    found = (await world.get(f"_sandbox/as/5/dialogs/{bot}/messages"))["messages"]
    return any("Секретный ответ" in message["text"] for message in found)


async def _until(look, what, patience_s=30.0):
    for _ in range(int(patience_s / 0.1)):
        if found := await look():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"not seen: {what}")
