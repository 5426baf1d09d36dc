"""Our buttons as the portal's keyboard. A press comes back as the hidden command ``press`` with our action.

Document: ``imbot.v2/messages/message-keyboards.md``.
"""

from collections.abc import Sequence
from typing import Any

from domain.chat import Button
from integrations.bitrix24.events import PRESS_COMMAND

_COLORS = {"primary": "primary", "danger": "alert"}


def keyboard(buttons: Sequence[Sequence[Button]], bot_id: int) -> dict[str, Any]:
    """Rows of buttons; ``BOT_ID`` stands beside them so that presses find this bot."""
    out: list[dict[str, Any]] = []
    for row in buttons:
        if out and row:
            out.append({"TYPE": "NEWLINE"})
        out.extend(_button(button) for button in row)
    return {"BOT_ID": bot_id, "BUTTONS": out}


def _button(button: Button) -> dict[str, Any]:
    # BLOCK stays off: a press that fails would leave a dead button; double presses are sorted out by state
    face = {
        "TEXT": button.label,
        "DISPLAY": "LINE",
        "BG_COLOR_TOKEN": _COLORS.get(button.style, "base"),
    }
    if button.link:
        return {**face, "LINK": button.link}
    return {**face, "COMMAND": PRESS_COMMAND, "COMMAND_PARAMS": button.action}
