"""What a dialog is made of: what the person did goes in, one of three results comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from domain.chat import FileRef, Reply
from handlers.conversations import DialogState, Turn


@dataclass(frozen=True, slots=True)
class Said:
    """What the person did in a step: wrote, pressed (``choice``), sent files."""

    text: str = ""
    choice: str | None = None
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Go:
    """Show this step next. ``notice`` is a line above it; ``in_place``: edit the step's message even after a file.

    ``stays`` takes the place of the step before and is kept; the next step gets a message of its own.
    """

    state: DialogState
    notice: str = ""
    in_place: bool = False
    stays: Reply | None = None


@dataclass(frozen=True, slots=True)
class Finish:
    """The dialog is over; ``reply`` takes the place of its last step."""

    reply: Reply


Outcome = Go | Finish


class Dialog(Protocol):
    """One conversation."""

    name: str

    def is_free_text(self, state: DialogState) -> bool:
        """Whether a plain message is an answer at this step, whatever it says."""

    async def prompt(self, turn: Turn, state: DialogState) -> Reply:
        """The step as people see it. Button actions are bare choices; the engine seals them."""

    async def take(self, turn: Turn, state: DialogState, said: Said) -> Outcome:
        """What follows from what the person did."""


@dataclass(frozen=True, slots=True)
class Steps:
    """An ordered list of steps with «Назад»."""

    names: tuple[str, ...] = field(default=())

    def after(self, name: str) -> str:
        return self.names[min(self.names.index(name) + 1, len(self.names) - 1)]

    def before(self, name: str) -> str:
        return self.names[max(self.names.index(name) - 1, 0)]


def with_data(state: DialogState, step: str | None = None, /, **data: Any) -> DialogState:
    """The state with some data changed, at ``step`` or where it was."""
    merged: Mapping[str, Any] = {**state.data, **data}
    return replace(state, step=step or state.step, data=dict(merged))


class Stage(Protocol):
    """What commands and routes ask of the engine."""

    async def begin(
        self, turn: Turn, state: DialogState, *, said: Said | None = None, in_place: bool = False
    ) -> None: ...

    async def step(self, turn: Turn, state: DialogState, said: Said) -> None: ...

    async def discard(self, turn: Turn) -> None: ...

    def wants_words(self, turn: Turn) -> bool: ...

    async def show(self, turn: Turn, *, notice: str = "", in_place: bool = False) -> None: ...
