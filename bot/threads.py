"""Support's threads: what is written there goes to the requester, unless it is a note or a wordy button's answer."""

from bot.command_names import fold
from bot.dialogs.base import Said, Stage
from bot.dialogs.words import Words
from bot.texts import LANGUAGES
from domain.chat import IncomingMessage, Reply
from handlers.conversations import Turn
from handlers.desk.requests import Requests, is_note


class Threads:
    """Messages in group chats and forum topics."""

    def __init__(self, requests: Requests, words: Words) -> None:
        self._requests = requests
        self._words = words

    async def message(self, turn: Turn, event: IncomingMessage, stage: Stage) -> None:
        """Words in a thread: support's reach the requester; other groups are none of our business."""
        request = await self._requests.in_thread(turn.desk, event.address)
        if request is None or event.edited or not (event.text.strip() or event.files):
            return
        if not await self._requests.rights.allows(turn.desk, "thread", request):
            await turn.tell(Reply(turn.text("thread-support-only", number=request.number)))
            return
        state = turn.memory.current
        if state and stage.wants_words(turn) and not is_note(event.text):
            choice = "cancel" if fold(event.text) in self._cancels(turn) else None
            await stage.step(turn, state, Said(event.text, choice, event.files))
            return
        await self._requests.relay_from_support(turn.desk, request, event)

    @staticmethod
    def _cancels(turn: Turn) -> set[str]:
        """The one typed name that counts in a thread, and only while words are asked for."""
        return {fold(turn.scope.texts("typed-cancel", language)) for language in LANGUAGES}
