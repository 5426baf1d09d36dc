"""Kill -9 while people file requests: nothing accepted is lost, nothing is done twice, whatever moment it hits.

The service is a process of its own; the portal in this process kills it between executing a call and answering it
(the worst moments there are), and at random ones.
"""

import asyncio
import random
import sqlite3
import time
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app import sandboxes
from sandbox.portal import rest
from sandbox.portal.documents import chats, tasks
from tests.app.world import Running, World

TROUBLES = (
    "Не печатает принтер на стойке",
    "Не открывается отчёт о заездах",
    "Пропал звук на кассе",
    "Не приходит почта управляющей",
    "Завис экран в номерном фонде",
    "Тариф выходного дня считается неверно",
    "Не проходит оплата картой",
    "Терминал просит обновление",
    "Ключ-карты не пишутся",
    "Не виден склад мини-бара",
    "Телевизор не показывает приветствие",
    "Сканер паспортов молчит",
)
FILING = (
    "Другое — продолжить",
    "Инцидент",
    "Оставить",
    "Пропустить",
    "Мой логин",
    "Этот портал",
    "Отправить",
)
POINTS = (
    "tasks.task.add",
    "imbot.v2.Chat.add",
    "imbot.v2.Chat.Message.send",
    "imbot.v2.Event.get",
    "im.message.add",
    "imbot.v2.Bot.register",
    "imbot.v2.Chat.Message.update",
)
IMPATIENT_S = 8.0


@dataclass
class Killer:
    """Sits in the portal: the next call of ``method`` is executed (or not), and the service dies before it hears."""

    method: str = ""
    executed: bool = True
    victim: Running | None = None
    struck: asyncio.Event = field(default_factory=asyncio.Event)

    async def passes(self, request: web.Request, handler) -> web.StreamResponse:
        if not await self._meant(request):
            return await handler(request)
        self.method = ""
        if self.executed:
            await handler(request)
        self.victim.process.kill()
        self.struck.set()
        return web.Response(status=500)

    async def _meant(self, request: web.Request) -> bool:
        if not self.method or self.victim is None or not request.path.startswith("/rest/"):
            return False
        name = request.path.rpartition("/")[2].removesuffix(".json").lower()
        wanted = self.method.lower()
        return name == wanted or (name == "batch" and wanted in (await request.text()).lower())

    async def strikes(self, victim: Running, method: str, *, executed: bool, patience_s: float) -> bool:
        """Whether the moment came while we waited."""
        self.method, self.executed, self.victim = method, executed, victim
        self.struck.clear()
        try:
            async with asyncio.timeout(patience_s):
                await self.struck.wait()
        except TimeoutError:
            self.method = ""
            return False
        return True


class Filer:
    """Somebody who files requests one after another, whatever the bot's newest message offers."""

    def __init__(self, world: World, user: int, bot: int) -> None:
        self.world, self.user, self.bot = world, user, bot
        self.told: list[str] = []
        self.done: list[str] = []
        """Numbers read in confirmations."""

    async def run(self, troubles) -> None:
        await self._writes("/help")  # a person's first words: the bot knows him from now on
        for trouble in troubles:
            await self._file(trouble)

    async def _file(self, trouble: str) -> None:
        """Act whenever the current step looks new, and again when nothing came of it for a while."""
        before = max((message["id"] for message in await self._messages()), default=0)
        await self._writes("новое обращение")
        seen, acted_at = None, time.monotonic()
        while not (number := self._registered(await self._messages(), trouble)):
            step = self._step([one for one in await self._messages() if one["id"] > before])
            if step and (step != seen or time.monotonic() - acted_at > IMPATIENT_S):
                seen, acted_at = step, time.monotonic()
                await self._acts(*step, trouble)
            await asyncio.sleep(0.05)
        self.done.append(number)

    @staticmethod
    def _step(messages) -> tuple[int, str] | None:
        """The newest message that asks something: its id, and the button to press («» where words are wanted)."""
        for message in reversed(messages):
            offered = {button.get("TEXT") for button in message.get("keyboard") or []}
            if label := next((one for one in FILING if one in offered), None):
                return message["id"], f"{label} {message['text'][:60]}"
            if "шаг 1" in message["text"]:
                return message["id"], ""
        return None

    async def _acts(self, message_id: int, what: str, trouble: str) -> None:
        label = next((one for one in FILING if what.startswith(one)), None)
        if label is None:
            if trouble not in self.told:  # words are said once, however long the answer takes
                self.told.append(trouble)
                await self._writes(trouble)
            return
        body = {"messageId": message_id, "text": label}
        place = f"{self.world.base}_sandbox/as/{self.user}/press"
        async with self.world.http.post(place, json=body) as answer:
            assert answer.status in {200, 400, 404}, await answer.text()  # the button may be gone by now

    def _registered(self, messages, trouble: str) -> str | None:
        for message in messages:
            if "зарегистрировано" in message["text"] and trouble in message["text"]:
                return message["text"].split("FB-2026-")[1][:6]
        return None

    async def _writes(self, text: str) -> None:
        await self.world.post(f"_sandbox/as/{self.user}/messages", {"dialogId": str(self.bot), "text": text})

    async def _messages(self):
        found = await self.world.get(f"_sandbox/as/{self.user}/dialogs/{self.bot}/messages")
        return [m for m in found["messages"] if m["authorId"] == self.bot]


class Supporter:
    """Answers once in every thread that appears."""

    def __init__(self, world: World, user: int) -> None:
        self.world, self.user = world, user
        self.answered: dict[str, str] = {}

    async def run(self) -> None:
        while True:
            found = await self.world.get(f"_sandbox/as/{self.user}/dialogs")
            for dialog in found["dialogs"]:
                number = dialog["title"].partition(" · ")[0]
                if number.startswith("FB-") and number not in self.answered:
                    thread = await self._with_card(dialog["dialogId"])
                    if thread:
                        self.answered[number] = f"Смотрю {number}, подождите"
                        await self.world.post(
                            f"_sandbox/as/{self.user}/messages",
                            {"dialogId": dialog["dialogId"], "text": self.answered[number]},
                        )
            await asyncio.sleep(0.2)

    async def _with_card(self, dialog: str) -> bool:
        found = await self.world.get(f"_sandbox/as/{self.user}/dialogs/{dialog}/messages")
        return any(message.get("keyboard") for message in found["messages"])


@asynccontextmanager
async def deadly_world(folder):
    """The portal with a killer in it."""
    killer = Killer()
    app = sandboxes._portal(None, None, 5000, 1000.0)

    @web.middleware
    async def deadly(request: web.Request, handler) -> web.StreamResponse:
        return await killer.passes(request, handler)

    app.middlewares.append(deadly)
    server = TestServer(app)
    await server.start_server()
    try:
        async with aiohttp.ClientSession() as http:
            made = World(str(server.make_url("/")), folder, http, with_hotel=False)
            made.portal |= {"settle_seconds": 0.5, "support_users": [2, 3], "managers": []}
            yield made, killer, app[rest.PORTAL]
    finally:
        await server.close()


@dataclass
class Murders:
    """The service started again and again."""

    world: World
    killer: Killer
    rng: random.Random
    running: Running | None = None
    deaths: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def alive(self):
        """Whatever happens, the last one doesn't outlive the test."""
        await self.start()
        try:
            yield
        finally:
            await self.running.kill()

    async def start(self) -> None:
        self.running = await Running.start(self.world.config)

    async def at(self, method: str, *, executed: bool, patience_s: float = 4.0) -> None:
        if await self.killer.strikes(self.running, method, executed=executed, patience_s=patience_s):
            self.deaths[method] += 1
            await self._again()

    async def at_random(self) -> None:
        await asyncio.sleep(self.rng.uniform(0.05, 0.8))
        self.deaths["random"] += 1
        await self._again()

    async def _again(self) -> None:
        await self.running.kill()
        await self.start()


async def _bot_id(world: World) -> int:
    for _ in range(200):
        if found := (await world.get("_sandbox/page.json"))["botUserId"]:
            return int(found)
        await asyncio.sleep(0.05)
    raise AssertionError("no bot")


async def _murderous_day(folder, *, users, each, points, randoms, seed, all_in_s):
    """File, kill, file on; then let everything come to rest. Returns what is to be checked."""
    async with deadly_world(folder) as (world, killer, portal), AsyncExitStack() as undo:
        murders = Murders(world, killer, random.Random(seed))
        await undo.enter_async_context(murders.alive())
        bot = await _bot_id(world)
        stories = [f"{TROUBLES[n % len(TROUBLES)]}, случай {n + 1}" for n in range(each * len(users))]
        filers = [Filer(world, user, bot) for user in users]
        supporter = Supporter(world, 2)
        async with _bounded(all_in_s, folder, murders, filers, supporter):
            filing = [
                asyncio.create_task(filer.run(stories[n :: len(users)])) for n, filer in enumerate(filers)
            ]
            helping = asyncio.create_task(supporter.run())
            try:
                plan = [lambda p=p, e=e: murders.at(p, executed=e) for p, e in points]
                plan += [murders.at_random] * randoms
                murders.rng.shuffle(plan)
                for murder in plan:
                    if all(task.done() for task in filing):
                        break
                    await murder()
                await asyncio.gather(*filing)
                await _at_rest(folder, supporter, len(stories))
            finally:
                helping.cancel()
                for task in filing:
                    task.cancel()
                await asyncio.gather(helping, *filing, return_exceptions=True)
        await murders.running.stop()
        await _check(folder, world, portal, filers, supporter, stories)
        return murders.deaths


@asynccontextmanager
async def _bounded(seconds, folder, murders, filers, supporter):
    """Fails with everybody's view when it takes too long."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        told = [f"deaths: {dict(murders.deaths)}", f"answered: {sorted(supporter.answered)}"]
        for filer in filers:
            messages = await filer._messages()
            told.append(f"user {filer.user}: told {len(filer.told)}, done {filer.done}, sees {messages[-2:]}")
        for table, busy in (("inbox", "new"), ("outbox", "waiting"), ("inbox", "dead"), ("outbox", "dead")):
            told.append(f"{table} {busy}: {_rows(folder, f'SELECT * FROM {table} WHERE state = {busy!r}')}")
        told.append("\n".join(murders.running.raw[-20:]))
        raise AssertionError("\n".join(told)) from None


def _rows(folder, query):
    with closing(sqlite3.connect(f"file:{folder}/concierge.db?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


async def _at_rest(folder, supporter, requests):
    """Every thread is answered, nothing waits in inbox or outbox, for a second."""
    quiet = 0
    while quiet < 5:
        waiting = _rows(folder, "SELECT count(*) FROM inbox WHERE state = 'new'")[0][0]
        waiting += _rows(folder, "SELECT count(*) FROM outbox WHERE state = 'waiting'")[0][0]
        quiet = quiet + 1 if not waiting and len(supporter.answered) >= requests else 0
        await asyncio.sleep(0.2)


async def _check(folder, world, portal, filers, supporter, stories):
    numbers = dict(_rows(folder, "SELECT description, number FROM requests"))
    filed = Counter(text for (text,) in _rows(folder, "SELECT description FROM requests"))
    assert filed == Counter(stories)  # each accepted message: exactly one request
    assert len(set(numbers.values())) == len(stories)
    assert sorted(number for filer in filers for number in filer.done) == sorted(
        number.removeprefix("FB-2026-") for number in numbers.values()
    )
    dead = _rows(folder, "SELECT kind, last_code, last_reason FROM outbox WHERE state = 'dead'")
    assert not dead
    assert not _rows(folder, "SELECT kind, reason FROM inbox WHERE state = 'dead'")

    keys = Counter(task["xml_id"] for task in tasks(portal))
    assert keys == Counter(f"concierge:main:{number}" for number in numbers.values())

    routed = _rows(folder, "SELECT local_id, external_id FROM links WHERE kind = 'thread:bitrix24'")
    assert len(routed) == len({local for local, _ in routed}) == len(stories)
    titled = Counter(
        chat["name"].partition(" · ")[0] for chat in chats(portal) if chat["name"].startswith("FB-")
    )
    assert set(titled) == set(numbers.values())

    facts = _rows(
        folder,
        "SELECT r.number, h.what, w.text FROM request_history h JOIN requests r ON r.id = h.request_id"
        " LEFT JOIN request_words w ON w.id = h.words_id ORDER BY h.id",
    )
    assert Counter(number for number, what, _ in facts if what == "filed") == Counter(numbers.values())
    said = Counter((number, text) for number, _, text in facts if text and text.startswith("Смотрю"))
    assert said == Counter(supporter.answered.items())  # each of support's words: one fact
    people = _rows(folder, "SELECT description, number FROM requests")
    for filer in filers:
        read = " ".join(message["text"] for message in await filer._messages())
        for description, number in people:
            if description in filer.told:
                assert supporter.answered[number] in read


@pytest.mark.timeout(200)
async def test_killed_while_people_file(tmp_path):
    points = [("tasks.task.add", True), ("imbot.v2.Chat.add", True), ("imbot.v2.Event.get", True)]
    deaths = await _murderous_day(
        tmp_path, users=(1, 4, 5, 6), each=2, points=points, randoms=3, seed=1, all_in_s=150
    )
    assert sum(deaths.values()) >= 4


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(3))
async def test_killed_all_day_long(tmp_path, seed):
    points = [(point, executed) for point in POINTS for executed in (True, False)]
    deaths = await _murderous_day(
        tmp_path, users=(1, 4, 5, 6), each=8, points=points, randoms=15, seed=seed, all_in_s=800
    )
    assert deaths["random"] >= 10
    assert len(deaths) >= 5
