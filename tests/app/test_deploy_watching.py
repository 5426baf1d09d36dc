"""Dashboard and alert rules against the service: every figure they name is told, every label they ask for is there."""

import json
import re
from pathlib import Path

import pytest
import yaml

from app.metrics import Metrics

ROOT = Path(__file__).parents[2]
RULES = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
BOARD = json.loads((ROOT / "deploy/grafana/dashboards/concierge.json").read_text(encoding="utf-8"))
OF_PROMETHEUS = {"up": {"job", "instance"}}
ALWAYS = {"instance", "job", "le"}
METRIC = re.compile(r"\b((?:concierge|process)_\w+|up)\b(?:\{([^}]*)\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
FUNCTIONS = {
    "max", "min", "sum", "rate", "histogram_quantile", "absent", "topk", "by", "vector", "or", "and", "unless"
}  # fmt: skip


def told() -> dict[str, set[str]]:
    """Every series name the service tells, and its labels."""
    found = {}
    for metric in Metrics().registry._names_to_collectors.items():
        name, collector = metric
        labels = set(getattr(collector, "_labelnames", ()))
        found[name] = labels
        if getattr(collector, "_type", "") == "histogram":
            for ending in ("_bucket", "_sum", "_count"):
                found[name.removesuffix(ending) + ending] = labels
    found |= {
        name: set()
        for name in ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds")
    }
    return found | OF_PROMETHEUS


def expressions() -> list[tuple[str, str]]:
    alerts = [(rule["alert"], rule["expr"]) for rule in RULES]
    return alerts + [
        (panel["title"], target["expr"]) for panel in BOARD["panels"] for target in panel.get("targets", [])
    ]


@pytest.mark.parametrize(("where", "expression"), expressions(), ids=lambda one: one[:40])
def test_an_expression_asks_for_what_is_told(where, expression):
    known, named = told(), METRIC.findall(expression)
    assert named
    labels = set(ALWAYS)
    for metric, matchers in named:
        assert metric in known, f"{where}: {metric}"
        labels |= known[metric]
        asked = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))
        assert asked <= known[metric] | ALWAYS, f"{where}: {asked}"
    for grouped in GROUPED.findall(expression):
        assert {one.strip() for one in grouped.split(",")} <= labels, where


@pytest.mark.parametrize(("where", "expression"), expressions(), ids=lambda one: one[:40])
def test_an_expression_is_whole(where, expression):
    bare = re.sub(r'"[^"]*"', '""', expression)
    for opening, closing in ("()", "{}", "[]"):
        assert bare.count(opening) == bare.count(closing), where
    called = set(re.findall(r"\b([a-z_]+)\s*\(", bare)) | {"by"}
    assert called <= FUNCTIONS, where
    for counter in re.findall(r"(\w+_(?:total|count|bucket))\b(?!\{?[^}\[]*\}?\[)", bare):
        pytest.fail(f"{where}: {counter} without a rate")


def test_every_alert_says_what_it_means_and_what_to_do():
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "action"}
        labels = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        grouped = {one.strip() for group in GROUPED.findall(rule["expr"]) for one in group.split(",")}
        assert labels <= grouped | ({"instance"} if "max" not in rule["expr"] else set()), rule["alert"]


def test_what_the_issue_asks_of_is_watched():
    """Each question has its figure on the board."""
    board = " ".join(expression for _, expression in expressions())
    for name in (
        "concierge_inbox_oldest_seconds", "concierge_outbox_deliveries", "concierge_portal_limit_used",
        "concierge_sync_lag_seconds", "concierge_sync_failures", "concierge_requests_late", "concierge_door_up",
        "concierge_reply_seconds_bucket", "concierge_portals_owned", "concierge_licences",
        "concierge_webhook_failures", "concierge_loop_busy_seconds_total",
    ):  # fmt: skip
        assert name in board


def test_the_board_is_put_together_so_that_grafana_takes_it():
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        assert {target["datasource"]["uid"] for target in panel.get("targets", [])} <= {"prometheus"}
    source = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
    assert source["datasources"][0]["uid"] == "prometheus"
    provider = yaml.safe_load((ROOT / "deploy/grafana/provisioning/dashboards/concierge.yml").read_text())
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    targets = {mount["target"] for mount in compose["services"]["grafana"]["volumes"]}
    assert provider["providers"][0]["options"]["path"] in targets
