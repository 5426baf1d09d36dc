"""Commands about the person himself and the bot: his accounts, his language, help, and leaving a dialog."""

from bot.dialogs.base import Said, Stage
from bot.texts import LANGUAGES
from domain.chat import Button, Channel, Reply
from domain.errors import Refused
from domain.rights import allows, standings
from handlers.conversations import Turn
from handlers.people import People


def menu(turn: Turn) -> tuple[tuple[Button, ...], ...]:
    """The two buttons that fit always: a new request, and his own."""
    return ((Button(turn.text("do-new"), "n:new", "primary"), Button(turn.text("do-my"), "n:my")),)


class PersonCommands:
    """``/link``, ``/help``, ``/cancel``, ``/lang``, and the greeting."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def link(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        """A code from Bitrix24, or the code typed in Telegram: both are one person."""
        if turn.event.channel is Channel.TELEGRAM:
            if not argument:
                raise Refused("already-linked", name=turn.person.name)
            person = await self._people.link(turn.scope, turn.event.sender, argument)
            await turn.tell(Reply(turn.text("linked", name=person.name)))
            return
        if not turn.event.is_private:
            raise Refused("only-in-private")
        code = await self._people.offer_link(turn.scope, turn.person)
        await turn.tell(Reply(turn.text("link-code", code=code)))

    async def show_help(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        """Tell what the bot can do."""
        await turn.tell(self.help(turn))

    def help(self, turn: Turn) -> Reply:
        """What the bot can do, for this person."""
        mine = standings(turn.person, turn.portal)
        may_sync = allows("sync", mine)
        desk = turn.text("help-desk" if allows("take", mine) else "help-requester")
        return Reply(turn.text("help", sync=may_sync) + f"\n\n{desk}", menu(turn))

    def greeting(self, turn: Turn) -> Reply:
        return Reply(turn.text("greeting", name=turn.person.name.split(" ")[0]), menu(turn))

    async def cancel(self, turn: Turn, argument: str, stage: Stage) -> None:  # noqa: ARG002
        """Leave the step that waits for an answer."""
        if turn.memory.current is None:
            await turn.tell(Reply(turn.text("nothing-to-cancel"), menu(turn)))
            return
        await stage.step(turn, turn.memory.stack[-1], Said(choice="cancel"))

    async def lang(self, turn: Turn, argument: str, stage: Stage) -> None:
        """Speak the language named; without a name the other one."""
        wanted = argument.casefold() if argument.casefold() in LANGUAGES else None
        language = wanted or ("en" if turn.language == "ru" else "ru")
        await self._people.set_language(turn.scope, turn.person, language)
        turn.speak(language)
        await turn.tell(Reply(turn.text("language-set")))
        if turn.memory.current:
            await stage.show(turn)
