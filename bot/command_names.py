"""The names of the bot's commands: how they are typed, compared, and registered with a messenger."""

from dataclasses import dataclass

from bot import desk_commands, desk_lists
from bot.texts import LANGUAGES
from domain.chat import BotCommand
from domain.ports import Texts

ALL = (
    "new", "my", "request", "guest", "room", "arrivals", "departures", "inhouse", "vip", "birthdays", "rooms", "day", "alerts", "sync", "link", "help",
    "cancel", "lang", "asks", "settings", *desk_commands.NAMES, *desk_lists.NAMES,
)  # fmt: skip
WITH_ARGUMENT = {"request", "guest", "room"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A command recognised in plain words."""

    name: str
    argument: str = ""


def fold(text: str) -> str:
    """How typed words are compared: letter case, ё/е, spaces and a trailing dot don't matter."""
    return " ".join(text.casefold().replace("ё", "е").split()).rstrip(".! ")


def is_id(text: str) -> bool:
    """Whether a button's payload, which anybody can forge, holds a number of ours."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def bot_commands(texts: Texts) -> list[BotCommand]:
    """All commands as a messenger registers them."""
    return [
        BotCommand(
            name,
            {language: texts(f"command-{name}", language) for language in LANGUAGES},
            {language: texts(f"params-{name}", language) for language in LANGUAGES}
            if name
            in {
                *WITH_ARGUMENT,
                "sync",
                "arrivals",
                "departures",
                "vip",
                "birthdays",
                "rooms",
                "day",
                "link",
                "asks",
                *desk_commands.NAMES,
                *desk_lists.WITH_PARAMS,
            }
            else {},
        )
        for name in ALL
    ]
