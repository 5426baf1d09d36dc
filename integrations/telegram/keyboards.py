"""Our buttons as inline keyboards. A press comes back as the button's action (≤ 60 of Telegram's 64 bytes)."""

import logging
from collections.abc import Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from domain.chat import Button
from integrations.telegram.format import is_link

log = logging.getLogger(__name__)

DATA_BYTES = 64
PER_ROW = 8
BUTTONS = 100
LABEL_CHARS = 64
_STYLES = {"primary": "primary", "danger": "danger"}


def keyboard(buttons: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    """Rows of buttons; None when nothing is left of them."""
    rows: list[list[InlineKeyboardButton]] = []
    left = BUTTONS
    for row in buttons:
        made = [button for given in row if (button := _button(given)) is not None][:left]
        left -= len(made)
        rows.extend(made[at : at + PER_ROW] for at in range(0, len(made), PER_ROW))
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _button(button: Button) -> InlineKeyboardButton | None:
    """None for what Telegram would refuse, and the whole message with it: a link to this very machine, for one."""
    label, style = button.label.strip()[:LABEL_CHARS], _STYLES.get(button.style)
    if button.link is not None:
        if not label or not is_link(button.link):
            log.info("telegram: a link button is left out")
            return None
        return InlineKeyboardButton(text=label, url=button.link, style=style)
    if not label or not 1 <= len(button.action.encode()) <= DATA_BYTES:
        log.warning("telegram: a button is left out", extra={"action_bytes": len(button.action.encode())})
        return None
    return InlineKeyboardButton(text=label, callback_data=button.action, style=style)
