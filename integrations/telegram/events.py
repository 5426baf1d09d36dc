"""Telegram's updates as our messages: pure functions over aiogram's types.

Document: Bot API, ``Update``, ``Message``, ``CallbackQuery``, ``ChatMemberUpdated``. Deletions are told to no bot.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from aiogram.types import CallbackQuery, ChatMemberUpdated, InaccessibleMessage, Message, Update

from domain.chat import Address, Channel, FileRef, IncomingKind, IncomingMessage, Sender
from integrations.telegram.client import Me

PRESENT = frozenset({"creator", "administrator", "member", "restricted"})


def read(update: Update, me: Me, now: datetime) -> IncomingMessage | None:
    """Our message, or None for what is nobody's business (service lines, other bots, commands for other bots)."""
    if update.message is not None:
        return read_message(update.message, me)
    if update.edited_message is not None:
        return read_edit(update.edited_message, update.update_id)
    if update.callback_query is not None:
        return read_press(update.callback_query, now)
    if update.my_chat_member is not None:
        return read_membership(update.my_chat_member, update.update_id)
    return None


def read_message(message: Message, me: Me) -> IncomingMessage | None:
    """Words, files, or a slash command."""
    words = _words(message)
    command = _command(message)
    if words is None or command is None:
        return words
    name, _, addressee = command.partition("@")
    if addressee and addressee.lower() != me.username:
        return None
    rest = words.text[len(command) + 1 :].strip()
    return replace(words, kind=IncomingKind.COMMAND, command=name.lower(), text=rest)


def read_edit(message: Message, update_id: int) -> IncomingMessage | None:
    """The new words of an earlier message. Two edits within one second are told apart by their update."""
    words = _words(message)
    if words is None:
        return None
    at = datetime.fromtimestamp(message.edit_date, UTC) if message.edit_date else words.at
    key = f"edit:{message.chat.id}:{message.message_id}:{update_id}"
    return replace(words, event_key=key, at=at, edited=True)


def _words(message: Message) -> IncomingMessage | None:
    """What a person said; None when nobody said anything."""
    sender, text, files = _sender(message), _text(message), _files(message)
    if sender is None or not (text or files):
        return None
    return IncomingMessage(
        channel=Channel.TELEGRAM,
        event_key=f"message:{message.chat.id}:{message.message_id}",
        kind=IncomingKind.TEXT,
        sender=sender,
        address=_address(message),
        at=_utc(message.date),
        message_id=str(message.message_id),
        text=text,
        files=files,
        reply_to=_reply_to(message),
        is_private=message.chat.type == "private",
        place_title=_topic_title(message),
    )


def read_press(query: CallbackQuery, now: datetime) -> IncomingMessage | None:
    """A pressed button, ``now`` since it carries no time. Place and number are there even for a message too old."""
    message = query.message
    if message is None or not query.data:
        return None
    user = query.from_user
    address = (
        Address(Channel.TELEGRAM, str(message.chat.id))
        if isinstance(message, InaccessibleMessage)
        else _address(message)
    )
    return IncomingMessage(
        channel=Channel.TELEGRAM,
        event_key=f"press:{query.id}",
        kind=IncomingKind.PRESS,
        sender=Sender(
            Channel.TELEGRAM, str(user.id), user.full_name, is_bot=user.is_bot, language=user.language_code
        ),
        address=address,
        at=now,
        message_id=str(message.message_id),
        payload=query.data,
        is_private=message.chat.type == "private",
    )


def read_membership(change: ChatMemberUpdated, update_id: int) -> IncomingMessage | None:
    """A person blocked or unblocked the bot; somebody took it into a group or out of it."""
    was, now = (member.status in PRESENT for member in (change.old_chat_member, change.new_chat_member))
    if was == now:
        return None
    is_private = change.chat.type == "private"
    if is_private or was:
        kind, text = IncomingKind.BLOCKED, "unblocked" if now else ""
    else:
        kind, text = IncomingKind.JOINED, ""
    user = change.from_user
    return IncomingMessage(
        channel=Channel.TELEGRAM,
        event_key=f"member:{change.chat.id}:{update_id}",
        kind=kind,
        sender=Sender(
            Channel.TELEGRAM, str(user.id), user.full_name, is_bot=user.is_bot, language=user.language_code
        ),
        address=Address(Channel.TELEGRAM, str(change.chat.id)),
        at=_utc(change.date),
        text=text,
        is_private=is_private,
    )


def album_of(update: Update) -> str | None:
    """What joins the items of one album; None for everything else."""
    message = update.message
    if message is None or message.media_group_id is None:
        return None
    return f"{message.chat.id}:{message.media_group_id}"


def merge_album(items: Iterable[IncomingMessage]) -> IncomingMessage:
    """One message from an album's items: all files, the caption(s) as its words.

    The key names first and last item, so that an album told again in more items is not taken for the old one.
    """
    ordered = sorted(items, key=lambda item: int(item.message_id or 0))
    first, last = ordered[0], ordered[-1]
    if first is last:
        return first
    return IncomingMessage(
        channel=first.channel,
        event_key=f"album:{first.address.chat}:{first.message_id}-{last.message_id}",
        kind=IncomingKind.TEXT,
        sender=first.sender,
        address=first.address,
        at=first.at,
        message_id=first.message_id,
        text="\n".join(item.text for item in ordered if item.text),
        files=tuple(file for item in ordered for file in item.files),
        reply_to=first.reply_to,
        is_private=first.is_private,
        place_title=first.place_title,
    )


def _sender(message: Message) -> Sender | None:
    """The author; None for the system's lines and for other bots. An anonymous administrator is his group."""
    if message.sender_chat is not None:
        name = message.sender_chat.title or ""
        return Sender(Channel.TELEGRAM, f"chat{message.sender_chat.id}", name)
    user = message.from_user
    if user is None or user.is_bot:
        return None
    return Sender(Channel.TELEGRAM, str(user.id), user.full_name, language=user.language_code)


def _address(message: Message) -> Address:
    topic = message.message_thread_id if message.is_topic_message else None
    return Address(Channel.TELEGRAM, str(message.chat.id), str(topic) if topic else None)


def _reply_to(message: Message) -> str | None:
    """The message answered; a topic's opening, which every message of a topic seems to answer, is none."""
    target = message.reply_to_message
    if target is None or target.message_id == message.message_thread_id or target.forum_topic_created:
        return None
    return str(target.message_id)


def _topic_title(message: Message) -> str | None:
    """A topic's name, which its messages carry with the opening they seem to answer."""
    opening = message.reply_to_message
    return opening.forum_topic_created.name if opening is not None and opening.forum_topic_created else None


def _text(message: Message) -> str:
    """Words as typed, marks left out; places and contacts as the words they stand for."""
    if message.text or message.caption:
        return message.text or message.caption or ""
    if message.venue is not None:
        return f"{message.venue.title}, {message.venue.address}"
    if message.location is not None:
        return f"{message.location.latitude:.6f}, {message.location.longitude:.6f}"
    if message.contact is not None:
        names = f"{message.contact.first_name} {message.contact.last_name or ''}".strip()
        return f"{names} {message.contact.phone_number}"
    return (message.sticker.emoji or "") if message.sticker is not None else ""


def _command(message: Message) -> str | None:
    """``name`` or ``name@bot`` when the text begins with a command."""
    text = message.text or ""
    for entity in message.entities or ():
        if entity.type == "bot_command" and entity.offset == 0 and text.startswith("/"):
            return text[1 : entity.length]
    return None


def _files(message: Message) -> tuple[FileRef, ...]:
    """The file of a message. Of a photo's sizes the largest; unnamed kinds get a telling name."""
    mark = f"{_utc(message.date):%Y%m%d-%H%M%S}-{message.message_id}"
    if message.photo:
        best = max(message.photo, key=lambda size: size.width * size.height)
        return (_file(best.file_id, f"photo-{mark}.jpg", best.file_size, "image/jpeg"),)
    if message.animation is not None:  # also carries ``document``, the same file
        gif = message.animation
        return (_file(gif.file_id, gif.file_name or f"animation-{mark}.mp4", gif.file_size, gif.mime_type),)
    if message.document is not None:
        doc = message.document
        return (_file(doc.file_id, doc.file_name or f"file-{mark}", doc.file_size, doc.mime_type),)
    if message.video is not None:
        video = message.video
        return (
            _file(video.file_id, video.file_name or f"video-{mark}.mp4", video.file_size, video.mime_type),
        )
    if message.audio is not None:
        audio = message.audio
        return (
            _file(audio.file_id, audio.file_name or f"audio-{mark}.mp3", audio.file_size, audio.mime_type),
        )
    if message.voice is not None:
        voice = message.voice
        return (_file(voice.file_id, f"voice-{mark}.ogg", voice.file_size, voice.mime_type or "audio/ogg"),)
    if message.video_note is not None:
        note = message.video_note
        return (_file(note.file_id, f"video-{mark}.mp4", note.file_size, "video/mp4"),)
    return ()


def _file(file_id: str, name: str, size: int | None, mime: str | None) -> FileRef:
    return FileRef(Channel.TELEGRAM, file_id, name, size, mime)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
