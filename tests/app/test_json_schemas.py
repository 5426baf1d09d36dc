"""The schemas of docs/json against what is printed: the shapes other programs rely on."""

from datetime import UTC, date, datetime

import pytest
from jsonschema import Draft202012Validator

from domain.reconcile import Difference, Findings, Kind
from handlers.sync.reconcile_report import Reconciled, _both, for_json
from handlers.sync.syncs import Counts, Report
from tests.app.schemas import FOLDER, faults, schema

NAMES = (
    "check", "deliveries", "erase-guest", "guest-report", "guests", "identities", "licence", "lookups", "mapping", "move-to", "portals", "reconcile", "releases", "request", "requests", "requests-file", "restore", "rotate-secrets", "runs", "settings", "source-guess", "source-probe", "sync", "sync-errors", "tokens", "why",
)  # fmt: skip


def test_every_json_has_its_schema():
    assert sorted(file.name.removesuffix(".schema.json") for file in FOLDER.glob("*")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_strict(name):
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["additionalProperties"] is False
    assert set(found["required"]) == set(found["properties"])
    assert faults(name, {"surprise": 1})


def test_a_sync_report_fits():
    done = Report(
        7,
        "GRAND",
        Counts(fetched=10, created=3, updated=2, unchanged=3, failed=1, rejected=1, crm_calls=4),
        1.234,
        fresh_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        problems={"row-date": 1, "unclear": 1},
    )
    assert faults("sync", done.as_json()) == []
    assert faults("sync", Report(0, "", Counts(), 0.0, error="pms-unreachable").as_json()) == []


def test_a_reconciliation_fits():
    findings = Findings(
        [Difference(Kind.DUPLICATE, "contact", "3", (5, 9)), Difference(Kind.MISSING, "deal", "7")]
    )
    findings.pms("deal", "7", {"stageId": "NEW"}, date(2026, 11, 24))
    findings.crm("deal", "8", {"id": 8}, None)
    both = _both(findings, None, lambda entity, crm_id: f"https://portal/crm/{entity}/details/{crm_id}/")
    done = Reconciled(7, "GRAND", Counts(), 1.5, fresh_at=datetime(2026, 11, 22, 12, tzinfo=UTC), both=both)
    assert faults("reconcile", for_json(done.stored())) == []
    assert faults("reconcile", for_json(Report(0, "", Counts(), 0.0, error="pms-unreachable").stored())) == []


def test_the_validator_can_say_no():
    good = Report(1, "A", Counts(), 0.0).as_json()
    assert faults("sync", {**good, "fetched": "1"})
    assert faults("sync", {**good, "fetched": -1})
    assert faults("sync", {**good, "more": 1})
    assert faults("sync", {name: value for name, value in good.items() if name != "run"})
    assert faults("sync", {**good, "fresh_at": "yesterday"})
