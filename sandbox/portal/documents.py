"""The portal's collections of chats, messages, bots, files and tasks: their shapes and look-ups.

Dates are ATOM strings in the portal's time zone. People and departments stand in people.py.
"""

from __future__ import annotations

from sandbox.portal.state import Portal
from sandbox.portal.stores import Document, Store


def chats(portal: Portal) -> Store:
    """{id, kind: private|chat|open, name, description, owner, color, avatar, members[], managers[],
    entity_type, entity_id, text_field, created_at, last_message_id, message_count, read: {user: message},
    folder_id}. Indexes: member (user id), entity (type, id), pair (smaller id, bigger id).
    """
    store = portal.store("chats")
    store.add_index("member", lambda chat: chat["members"])
    store.add_index("entity", lambda chat: [(chat["entity_type"], chat["entity_id"])])
    store.add_index("pair", _pair)
    return store


def _pair(chat: Document) -> list[tuple[int, int]]:
    members = sorted(chat["members"])
    return [(members[0], members[-1])] if chat["kind"] == "private" else []


def messages(portal: Portal) -> Store:
    """{id, chat_id, author_id (0 = system), at, text, system, uuid, forward, params, reactions: {code: [user]},
    deleted, edited}. Index: chat (chat id), ascending by id.
    """
    store = portal.store("messages")
    store.add_index("chat", lambda message: [message["chat_id"]])
    return store


APPLICATION = "application, by its client_id, longer than a token: "


def application_key(client_id: str) -> str:
    """What stands in a bot's `token` when an application owns it; longer than any botToken may be."""
    return APPLICATION + client_id


def bots(portal: Portal) -> Store:
    """{id (the bot's user), code, type, token (or the application), event_mode, webhook_url, is_hidden, is_reactions_enabled,
    is_support_openline, background_id, ack (first event not acknowledged), count_message, met: [users]}.
    Indexes: code, token.
    """
    store = portal.store("bots")
    store.add_index("code", lambda bot: [bot["code"]])
    store.add_index("token", lambda bot: [bot["token"]])
    return store


def bot_events(portal: Portal) -> Store:
    """{id (event id), bot_id, type, date, data}: what fetch mode has not acknowledged. Index: bot."""
    store = portal.store("bot_events")
    store.add_index("bot", lambda event: [event["bot_id"]])
    return store


def commands(portal: Portal) -> Store:
    """{id, bot_id, command (no slash), title: {lang: text}, params: {lang: text}, common, hidden,
    extranet_support}. Indexes: bot, name.
    """
    store = portal.store("commands")
    store.add_index("bot", lambda command: [command["bot_id"]])
    store.add_index("name", lambda command: [command["command"].lower()])
    return store


def storages(portal: Portal) -> Store:
    """{id, name, entity_type: user|common|restapp, entity_id, root_id}. Index: entity."""
    store = portal.store("storages")
    store.add_index("entity", lambda storage: [(storage["entity_type"], storage["entity_id"])])
    return store


def drive(portal: Portal) -> Store:
    """Files and folders: {id, kind: file|folder, name, parent_id, storage_id, chat_id, blob, size, file_id,
    created_by, created_at, updated_at}. Index: parent.
    """
    store = portal.store("drive")
    store.add_index("parent", lambda item: [] if item["parent_id"] is None else [item["parent_id"]])
    return store


def notifications(portal: Portal) -> Store:
    """{id, user_id, author_id, text, tag, sub_tag, at}. Indexes: user, tag (user, tag)."""
    store = portal.store("notifications")
    store.add_index("user", lambda note: [note["user_id"]])
    store.add_index("tag", lambda note: [(note["user_id"], note["tag"])] if note["tag"] else [])
    return store


def tasks(portal: Portal) -> Store:
    """{id, title, description, status 2–6, priority 0–2, creator_id, responsible_id, accomplices[],
    auditors[], deadline, needs_control, xml_id, group_id, parent_id, crm_items[], files[], tags[], chat_id,
    created_at, changed_at, changed_by, status_changed_at, status_changed_by, closed_at, closed_by,
    activity_at, guid}. Indexes: xml_id, responsible.
    """
    store = portal.store("tasks")
    store.add_index("xml_id", lambda task: [task["xml_id"]] if task["xml_id"] else [])
    store.add_index("responsible", lambda task: [task["responsible_id"]])
    return store


def event_handlers(portal: Portal) -> Store:
    """{id (event_handler_id), client_id, event, handler ("" = offline), user_id (auth_type, 0 = the actor),
    offline, connector, min_timeout_s, told_at}. Indexes: client, event.
    """
    store = portal.store("event_handlers")
    store.add_index("client", lambda handler: [handler["client_id"]])
    store.add_index("event", lambda handler: [handler["event"]])
    return store


def offline_events(portal: Portal) -> Store:
    """{id, client_id, connector, event, data, at, process_id, reserved_at, error}. Indexes: client,
    object (client, connector, event, data as text): one record per changed object.
    """
    store = portal.store("offline_events")
    store.add_index("client", lambda event: [event["client_id"]])
    store.add_index(
        "object", lambda e: [(e["client_id"], e["connector"], e["event"], str(e["data"]), e["process_id"])]
    )
    return store


def placements(portal: Portal) -> Store:
    """{id, client_id, placement, handler, user_id, title, description, options, lang_all}. Index: client."""
    store = portal.store("placements")
    store.add_index("client", lambda placement: [placement["client_id"]])
    return store


def options(portal: Portal) -> Store:
    """{id (client, or client and user), values: {name: value}}: app.option.* and user.option.*."""
    return portal.store("app_options")
