"""The Bot API's methods by noun; importing this package registers them all."""

from sandbox.telegram import files
from sandbox.telegram.methods import callbacks, chats, edits, me, media, messages, topics, updates

__all__ = ["callbacks", "chats", "edits", "files", "me", "media", "messages", "topics", "updates"]
