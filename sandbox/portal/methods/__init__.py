"""The REST methods by noun; importing this package registers all of them."""

from sandbox.portal import batch
from sandbox.portal.methods import bot, bot_chats, bot_events, bot_messages, disk, files, system, users

__all__ = ["batch", "bot", "bot_chats", "bot_events", "bot_messages", "disk", "files", "system", "users"]
