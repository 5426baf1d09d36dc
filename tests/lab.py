"""The rooms bot, handlers and storage as one, the outside replaced by doubles: people write, press and see.

Nothing runs by itself: after everything a person does the inbox and the outbox are worked until both are still,
so that a test reads like the conversation and needs no waiting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

from app.portals import Portals, Served
from app.settings import Settings, load_settings
from app.wiring import wire
from domain.chat import Address, Button, Channel, FileRef, IncomingKind, IncomingMessage, Reply, Sender
from domain.people import Grant, Person, Role
from domain.portal import Desk, Hotel, Portal
from domain.ports import PortalUser
from domain.problems import propose_subject
from domain.requests import Request, RequestType
from handlers import outgoing
from handlers.conversations import Conversations
from handlers.desk.requests import RequestForm
from handlers.outside import Outside
from storage import Database, inbox, outbox, people, portals, request_history, requests
from tests.conftest import FakeClock
from tests.fakes import FakeDirectory, FakeMessenger, FakeTasks, NoCrm, Shown

FORUM = "-1002000000001"
MANAGERS_CHAT = "-2002"
HOTEL_GROUP = Address(Channel.BITRIX24, "-2001")
GRANTS: Mapping[str, Sequence[Grant]] = {
    "1": [Grant(Role.ADMIN)],
    "2": [Grant(Role.SUPPORT)],
    "3": [Grant(Role.SUPPORT)],
    "4": [Grant(Role.MANAGER)],
}
NAMES = {
    "1": "Анна Волкова",
    "2": "Пётр Ким",
    "3": "Дарья Лебедева",
    "4": "Марина Соколова",
    "5": "Ольга Иванова",
    "6": "Игорь Смирнов",
}
STORY = "Не выгружаются заезды из Fidelio: второй день в CRM нет новых броней, отчёт пустой"


@dataclass
class Lab:
    """One portal with everything wired; ``rewire`` is what a restart does."""

    db: Database
    clock: FakeClock
    portal: Portal
    settings: Settings
    bitrix: FakeMessenger = field(default_factory=lambda: FakeMessenger(Channel.BITRIX24))
    telegram: FakeMessenger = field(default_factory=lambda: FakeMessenger(Channel.TELEGRAM, FORUM))
    tasks: FakeTasks = field(default_factory=FakeTasks)
    directory: FakeDirectory = field(default_factory=lambda: FakeDirectory(PortalUser("1", NAMES["1"])))
    _events: int = 0

    def rewire(self) -> None:
        """New objects over the same database, as after a restart: wired as the service is, the parties doubles."""
        self.outside = Outside(
            {Channel.BITRIX24: self.bitrix, Channel.TELEGRAM: self.telegram},
            self.tasks,
            self.directory,
            NoCrm(),
        )
        parties = SimpleNamespace(outside=self.outside, session=None, telegram=None)
        self.parties = parties
        served = Served(self.portal, self.settings, lambda: parties)
        house = wire(self.settings, self.db, Portals.of(served, self.db, self.clock), self.clock)
        self.scopes, self.people, self.requests = house.scopes, house.people, house.requests
        self.guests, self.syncs = house.guests, house.syncs
        self.inbox, self.deliveries = house.inbox, house.deliveries
        self.house, self.task_watch = house, house.task_watch
        self.conversations = Conversations(house.scopes, house.people)

    @property
    def stored(self) -> list[bytes]:
        """What lies in our store of attachments."""
        return [path.read_bytes() for path in self.settings.service.files.rglob("*") if path.is_file()]

    async def settle(self) -> None:
        """Work until inbox and outbox have nothing that is due now."""
        await self.inbox.work()  # whole lanes; what had to stop waits for the clock
        while await self.deliver():
            pass

    async def deliver(self) -> int:
        """Deliver what is due; returns how many rows were tried."""
        started = await self.deliveries.work()
        await self.deliveries.drain()
        return started

    # --- people -----------------------------------------------------------------------------------------

    def staff(self, user_id: str, language: str | None = None) -> "Someone":
        """A portal user at the bot's own dialog."""
        return Someone(self, self.bitrix, user_id, NAMES[user_id], language=language)

    def caller(self, user_id: str, name: str, language: str | None = None) -> "Someone":
        """A Telegram user at the bot's private chat."""
        return Someone(self, self.telegram, user_id, name, language=language)

    async def linked(self, user_id: str, telegram_id: str) -> "Someone":
        """A portal user's Telegram, tied by a code."""
        async with self.scopes.writing(self.portal.id) as scope:
            sender = Sender(Channel.BITRIX24, user_id, NAMES[user_id])
            person = await self.people.ensure(scope, sender)
            assert person is not None
            code = await self.people.offer_link(scope, person)
            await self.people.link(scope, Sender(Channel.TELEGRAM, telegram_id, ""), code)
        return self.caller(telegram_id, NAMES[user_id])

    def event_key(self) -> str:
        self._events += 1
        return f"e{self._events}"

    # --- the tables -------------------------------------------------------------------------------------

    async def request(self, number: int = 1) -> Request:
        """A request by the running part of its number."""
        async with self.db.reading() as tx:
            found = await requests.by_number(tx, self.portal.id, f"FB-2026-{number:06d}")
        assert found is not None
        return found

    async def history(self, number: int = 1) -> list[str]:
        """What happened to a request, as the facts' names."""
        request = await self.request(number)
        async with self.db.reading() as tx:
            return [fact.what for fact in await request_history.history(tx, self.portal.id, request.id)]

    async def outbox(self, state: str | None = None) -> list[outbox.Delivery]:
        """Rows of the outbox, oldest first."""
        async with self.db.reading() as tx:
            return list(reversed(await outbox.listed(tx, self.portal.id, state=state, limit=500)))

    async def dead_events(self) -> list[inbox.QueuedEvent]:
        async with self.db.reading() as tx:
            return await inbox.dead(tx, self.portal.id)

    async def person(self, user_id: str, channel: Channel = Channel.BITRIX24) -> Person | None:
        async with self.db.reading() as tx:
            return await people.find_by_account(tx, self.portal.id, channel, user_id)

    async def known(self, user_id: str) -> Person:
        """A portal user, taken in if he never wrote."""
        async with self.scopes.writing(self.portal.id) as scope:
            person = await self.people.ensure(scope, Sender(Channel.BITRIX24, user_id, NAMES[user_id]))
        assert person is not None
        return person


async def open_lab(
    db: Database,
    clock: FakeClock,
    folder: Path,
    *,
    representatives: tuple[str, ...] = (),
    grants: Mapping[str, Sequence[Grant]] = GRANTS,
    forum: bool = False,
    hotels: tuple[str, ...] = ("GRAND",),
    language: str = "ru",
) -> Lab:
    """A portal in the database, its roles given, everything wired. ``forum``: threads in Telegram too."""
    made = []
    async with db.transaction() as tx:
        portal_id = await portals.ensure(tx, "main", clock.now)
        for code in hotels:
            place = {"name": f"Отель {code}", "timezone": "Europe/Moscow", "currency": "EUR"}
            made.append(Hotel(await portals.ensure_hotel(tx, portal_id, code, **place), code, **place))
    desk = Desk(
        support_users=("2", "3"),
        managers=("4",),
        representatives=representatives,
        telegram_support_chat=FORUM if forum else None,
        telegram_managers_chat=MANAGERS_CHAT if forum else None,
    )
    portal = Portal(
        portal_id, "main", "https://hotel.bitrix24.ru", language=language, desk=desk, hotels=tuple(made)
    )
    lab = Lab(db, clock, portal, _settings(folder))
    lab.rewire()
    async with lab.scopes.writing(portal_id) as scope:
        await lab.people.apply_settings(scope, grants)
    return lab


def _settings(folder: Path) -> Settings:
    """Settings for what the wiring reads of them; the portal itself is given."""
    file = folder / "concierge.toml"
    file.write_text(
        f'[service]\nfiles = "{folder}/files"\n'
        '[bitrix24]\nwebhook_url = "http://127.0.0.1:9/rest/1/lab/"\nbot_token = "lab"\n',
        encoding="utf-8",
    )
    return load_settings(file)


class NotSeenError(AssertionError):
    """What a person should have seen isn't there; shows the chat as it is."""

    def __init__(self, wanted: str, chat: Sequence[Shown]) -> None:
        lines = "\n".join(f"  [{one.id}] {one.text!r} {one.labels}" for one in chat[-6:])
        super().__init__(f"not seen: {wanted}\n{lines}")


@dataclass
class Someone:
    """A person at a messenger. ``place`` is a chat other than the bot's own dialog with him."""

    lab: Lab
    messenger: FakeMessenger
    user_id: str
    name: str
    language: str | None = None
    is_bot: bool = False

    @property
    def home(self) -> Address:
        return Address(self.messenger.channel, self.user_id)

    @property
    def sender(self) -> Sender:
        email = f"user{self.user_id}@hotel.example" if self.messenger.channel is Channel.BITRIX24 else None
        return Sender(
            self.messenger.channel,
            self.user_id,
            self.name,
            is_bot=self.is_bot,
            language=self.language,
            email=email,
        )

    def event(self, kind: IncomingKind, place: Address | None = None, **more: object) -> IncomingMessage:
        """An event of this person, as an integration would hand it over."""
        return IncomingMessage(
            channel=self.messenger.channel,
            event_key=self.lab.event_key(),
            kind=kind,
            sender=self.sender,
            address=place or self.home,
            at=self.lab.clock.now,
            is_private=place is None or place == self.home,
            **more,  # type: ignore[arg-type]
        )

    async def does(self, *events: IncomingMessage) -> None:
        """Hand events over, let everything follow."""
        await self.lab.inbox.accept(self.lab.portal.id, events)
        await self.lab.settle()

    async def writes(
        self, words: str, *, to: Address | None = None, files: Sequence[FileRef] = ()
    ) -> IncomingMessage:
        """Type a message; one that begins with a slash and a letter is a command, as messengers tell it."""
        message_id = self.messenger.next_id()
        if words.startswith("/") and words[1:2].isalpha():
            command, _, argument = words[1:].partition(" ")
            event = self.event(
                IncomingKind.COMMAND, to, message_id=message_id, text=argument, command=command.casefold()
            )
        else:
            event = self.event(IncomingKind.TEXT, to, message_id=message_id, text=words, files=tuple(files))
        await self.does(event)
        return event

    async def sends(
        self, name: str, data: bytes = b"data", *, words: str = "", to: Address | None = None
    ) -> None:
        """Send a file, perhaps with words."""
        await self.writes(words, to=to, files=[self.messenger.upload(name, data)])

    async def presses(self, label: str, *, at: Address | None = None) -> None:
        """Press the newest button with this label."""
        shown = self.sees_button(label, at=at)
        await self.presses_old(shown, label, at=at)

    async def presses_old(self, shown: Shown, label: str, *, at: Address | None = None) -> None:
        """Press a button of a message remembered from before, whether it is still there or not."""
        button = next(button for button in shown.buttons if button.label == label)
        await self.forges(button.action, message_id=shown.id, at=at)

    async def forges(self, payload: str, *, message_id: str = "1", at: Address | None = None) -> None:
        """Press a button that carries this payload."""
        await self.does(self.event(IncomingKind.PRESS, at, message_id=message_id, payload=payload))

    # --- seeing -----------------------------------------------------------------------------------------

    def messages(self, at: Address | None = None) -> list[Shown]:
        return self.messenger.at(at or self.home)

    def sees(self, words: str, *, at: Address | None = None) -> Shown:
        """The newest message that holds the words."""
        for shown in reversed(self.messages(at)):
            if words in shown.text:
                return shown
        raise NotSeenError(f"«{words}»", self.messages(at))

    def last(self, at: Address | None = None) -> Shown:
        """The newest message."""
        return self.messages(at)[-1]

    def reads(self, words: str, *, at: Address | None = None) -> Shown:
        """The newest message, which holds the words; a copy as it stands now."""
        shown = self.last(at) if self.messages(at) else None
        if shown is None or words not in shown.text:
            raise NotSeenError(f"«{words}» in the newest message", self.messages(at))
        return replace(shown)

    def sees_button(self, label: str, *, at: Address | None = None) -> Shown:
        """The newest message with such a button."""
        for shown in reversed(self.messages(at)):
            if label in shown.labels:
                return shown
        raise NotSeenError(f"a button «{label}»", self.messages(at))

    def never_saw(self, words: str, *, at: Address | None = None) -> None:
        """No message holds the words."""
        found = [shown for shown in self.messages(at) if words in shown.text]
        assert not found, f"«{words}» was shown: {found}"


async def file_request(person: Someone, story: str = STORY) -> None:
    """A request of this person, registered without the eight steps (``tests/bot/test_filing.py`` walks them)."""
    lab = person.lab
    async with lab.scopes.writing(lab.portal.id) as scope:
        actor = await lab.people.ensure(scope, person.sender)
        assert actor is not None
        form = RequestForm(
            type=RequestType.INCIDENT,
            subject=propose_subject(story),
            description=story,
            channel=person.messenger.channel,
            login=actor.login,
            portal_link=lab.portal.url,
        )
        mine = replace(scope, actor=actor)
        request = await lab.requests.file(mine, form)
        open_card = Button(mine.text("button-open-card"), f"r:card:{request.id}")
        told = Reply(lab.requests.registered_text(mine, request), ((open_card,),))
        await outgoing.post(mine, person.home, told)
    await lab.settle()
