"""Every table by noun, on one MetaData; every row belongs to a portal."""

from storage.tables.api import api_answers, api_tokens, webhook_endpoints
from storage.tables.base import metadata
from storage.tables.desk import outages, request_votes, templates
from storage.tables.dialogs import conversations
from storage.tables.door_journal import door_journal
from storage.tables.doors import door_records, door_states, room_states
from storage.tables.guest_alerts import guest_alerts
from storage.tables.identity import identity_cases, identity_profiles, identity_values
from storage.tables.inbox import cursors, inbox
from storage.tables.installations import installations
from storage.tables.leases import leases
from storage.tables.ledger import posting_history, postings, timeline_lines
from storage.tables.licences import licences, portal_releases, request_releases, schema_floor
from storage.tables.outbox import outbox
from storage.tables.people import identities, link_codes, people, roles
from storage.tables.portals import counters, hotels, portals
from storage.tables.privacy import guest_cards, lookup_guests
from storage.tables.replicas import replicas, ticks
from storage.tables.requests import (
    attachments,
    consents,
    links,
    relayed,
    request_history,
    request_words,
    requests,
)
from storage.tables.runs import lookups, run_items, runs, work_orders
from storage.tables.search import guest_docs, guest_spellings
from storage.tables.settings import page_deeds, page_links, settings_changes
from storage.tables.staging import aliases, profiles, snapshots, stays, sync_cursors
from storage.tables.sync_operations import sync_incidents, sync_states

__all__ = [
    "aliases",
    "api_answers",
    "api_tokens",
    "attachments",
    "consents",
    "conversations",
    "counters",
    "cursors",
    "door_journal",
    "door_records",
    "door_states",
    "guest_alerts",
    "guest_cards",
    "guest_docs",
    "guest_spellings",
    "hotels",
    "identities",
    "identity_cases",
    "identity_profiles",
    "identity_values",
    "inbox",
    "installations",
    "leases",
    "licences",
    "link_codes",
    "links",
    "lookup_guests",
    "lookups",
    "metadata",
    "outages",
    "outbox",
    "page_deeds",
    "page_links",
    "people",
    "portal_releases",
    "portals",
    "posting_history",
    "postings",
    "profiles",
    "relayed",
    "replicas",
    "request_history",
    "request_releases",
    "request_votes",
    "request_words",
    "requests",
    "roles",
    "room_states",
    "run_items",
    "runs",
    "schema_floor",
    "settings_changes",
    "snapshots",
    "stays",
    "sync_cursors",
    "sync_incidents",
    "sync_states",
    "templates",
    "ticks",
    "timeline_lines",
    "webhook_endpoints",
    "work_orders",
]
