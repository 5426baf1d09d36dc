"""The page of personal data against the tables: every column that can hold words or documents has been judged."""

import re
from pathlib import Path

from sqlalchemy import JSON, Text

from storage.rotation import SEALED
from storage.tables import metadata

PAGE = (Path(__file__).parents[2] / "docs/personal-data.md").read_text(encoding="utf-8")
HARMLESS = {
    # what kind of row it is, and how it stands
    "action", "channel", "closed_as", "code", "condition", "crm_entity", "currency", "entity", "error_code",
    "how", "kind", "priority", "purpose_code", "role", "sort", "source", "state", "status", "type", "waiting_for",
    # names and hashes of ours
    "body_hash", "cause", "code_hash", "content_hash", "dedupe_key", "deed", "door", "group_key", "last_code",
    "ledger_hash", "local_id", "local_type", "mapping", "number", "operation", "prefix", "query_hash",
    "secret_hash", "source_hash", "text_hash", "token_hash", "version",
    # settings of theirs without people in them
    "blocked_channels", "events", "kinds", "language", "privacy", "scopes", "timezone",
    # counts, clocks and faults in our words
    "counts", "due_derivation", "error_reason", "evidence", "last_error", "told", "mime", "what", "holder",
}  # fmt: skip
JUDGED = {
    ("api_answers", "key"), ("api_tokens", "hotels"), ("hotels", "code"), ("hotels", "name"),
    ("installations", "access_token"), ("installations", "application_token"),
    ("installations", "client_endpoint"), ("installations", "domain"), ("installations", "former_token"),
    ("installations", "licence"), ("installations", "licence_family"), ("installations", "member_id"),
    ("installations", "reason"), ("installations", "refresh_token"), ("installations", "server_endpoint"),
    ("portals", "domain"), ("portals", "key"), ("portals", "member_id"), ("portals", "name"),
    ("webhook_endpoints", "reason"), ("webhook_endpoints", "secrets"), ("webhook_endpoints", "url"),
    ("attachments", "reason"), ("cursors", "name"),
}  # fmt: skip
"""Columns of tables on the page that hold nobody's data, or a secret, which the page tells apart."""


def listed() -> dict[str, set[str]]:
    """Table → columns, as the page names them."""
    part = PAGE.split("## В базе", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+` ?)+) \|", part, re.MULTILINE)
    assert len(rows) == len({table for table, _ in rows})
    return {table: set(re.findall(r"`(\w+)`", columns)) for table, columns in rows}


def free() -> set[str]:
    (line,) = re.findall(r"^Таблицы без чьих-либо данных: (.*)$", PAGE, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", line))


def test_every_table_has_been_judged_and_none_is_made_up():
    assert set(listed()) | free() == set(metadata.tables)
    assert not set(listed()) & free()
    for table, columns in listed().items():
        assert columns <= set(metadata.tables[table].columns.keys()), table


def test_every_column_that_can_hold_words_has_been_judged():
    forgotten = {
        f"{table}.{column.name}"
        for table, columns in listed().items()
        for column in metadata.tables[table].columns
        if isinstance(column.type, Text | JSON)
        and column.name not in columns | HARMLESS
        and (table, column.name) not in JUDGED
    }
    assert not forgotten


def test_tables_without_data_have_no_room_for_any():
    roomy = {
        f"{table}.{column.name}"
        for table in free()
        for column in metadata.tables[table].columns
        if isinstance(column.type, JSON) and column.name not in HARMLESS | {"progress"}
    }
    assert not roomy


def test_every_sealed_place_is_told():
    secrets = PAGE.split("## Секреты", 1)[1].split("\n## ", 1)[0]
    for table in SEALED:
        assert f"`{table.name}" in secrets


def test_what_is_judged_exists():
    for table, column in JUDGED:
        assert column in metadata.tables[table].columns, (table, column)


def test_every_proof_the_threat_model_names_exists():
    root = Path(__file__).parents[2]
    page = (root / "docs/threat-model.md").read_text(encoding="utf-8")
    proofs = re.findall(r"`((?:tests|integrations|deploy|docs)/[\w./]+)`", page)
    assert len(proofs) > 15
    assert [one for one in proofs if not (root / one).exists()] == []
