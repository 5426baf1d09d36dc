"""The deploy files against the tree and the settings: what they name exists, what they set is known."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from app.settings import Settings

ROOT = Path(__file__).parents[2]
VARIABLE = re.compile(r"\$\{(\w+)(?::[-?][^}]*)?\}")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(read("docker-compose.yml"))


def variables_of(text: str) -> set[str]:
    return set(VARIABLE.findall(text))


def sample_environment() -> dict[str, str]:
    lines = [line for line in read("deploy/env.example").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


# --- docker-compose.yml ---------------------------------------------------------------------------------------


SERVICES = {
    "hotel": {"concierge"},
    "replicas": {"replica", "proxy", "postgres"},
    "s3": {"minio", "minio-bucket"},
    "observability": {"prometheus", "grafana"},
}
OURS = ("concierge", "replica")
KEYS = {
    "build", "image", "restart", "init", "read_only", "cap_drop", "security_opt", "tmpfs", "stop_grace_period",
    "logging", "profiles", "environment", "ports", "volumes", "deploy", "depends_on", "networks", "healthcheck",
    "command", "secrets",
}  # fmt: skip
DURATION = re.compile(r"(\d+(ms|s|m|h))+")


def test_each_profile_starts_its_services(compose):
    found = {name: service["profiles"] for name, service in compose["services"].items()}
    assert found == {name: [profile] for profile, names in SERVICES.items() for name in names}
    assert sample_environment()["COMPOSE_PROFILES"] == "hotel"


def test_it_has_no_key_that_compose_does_not_know(compose):
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "secrets", "volumes"}
    for name, service in compose["services"].items():
        assert set(service) <= KEYS, name
        assert isinstance(service["image"], str)
        assert all(isinstance(value, str) for value in service.get("environment", {}).values()), name
        assert all(isinstance(word, str) for word in service.get("command", [])), name
        assert service["restart"] in {"unless-stopped", "no"}
        check = service.get("healthcheck", {})
        assert set(check) <= {"test", "interval", "timeout", "retries"}
        assert all(DURATION.fullmatch(check[key]) for key in ("interval", "timeout") if key in check)
        assert not check or check["test"][0] == "CMD"


def test_whoever_waits_for_another_runs_beside_it_and_can_see_that_it_is_well(compose):
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert set(services[other]["profiles"]) >= set(service["profiles"]), (name, other)
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in services[other] or other in OURS


def test_every_service_that_stays_says_how_it_is(compose):
    for name, service in compose["services"].items():
        by_image = name in OURS and "HEALTHCHECK" in read("Dockerfile")
        assert "healthcheck" in service or by_image or service["restart"] == "no", name


def test_ports_are_open_to_this_machine_only(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert len(ports) >= 5
    assert all(port.startswith(("127.0.0.1:", "${PROXY_PORTS:-127.0.0.1:")) for port in ports)
    for profiles in ({"hotel", "s3", "observability"}, {"replicas", "s3", "observability"}):
        together = [
            port.rpartition(":")[0]
            for service in compose["services"].values()
            if set(service["profiles"]) & profiles
            for port in service.get("ports", [])
        ]
        assert len(together) == len(set(together))


def test_replicas_share_a_name_and_open_no_port_of_the_host(compose):
    replica = compose["services"]["replica"]
    assert replica["deploy"]["replicas"] == 3
    assert "ports" not in replica
    assert replica["networks"]["default"]["aliases"] == ["concierge"]
    assert "name concierge" in read("deploy/Caddyfile")


def test_images_are_pinned(compose):
    images = [service["image"] for service in compose["services"].values()]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_whatever_it_mounts_is_in_the_tree(compose):
    for service in compose["services"].values():
        for mount in service.get("volumes", []):
            if mount["type"] == "volume":
                assert mount["source"] in compose["volumes"]
            elif mount["source"] == "./concierge.toml":
                assert (ROOT / "concierge.example.toml").is_file()
            else:
                assert mount["read_only"]
                assert (ROOT / mount["source"]).exists(), mount["source"]
    used = {m["source"] for s in compose["services"].values() for m in s.get("volumes", [])}
    assert set(compose["volumes"]) <= used


@pytest.mark.parametrize("name", OURS)
def test_what_it_sets_the_settings_know(compose, name):
    names = set(compose["services"][name]["environment"])
    assert {"CONCIERGE_SERVICE__DATABASE_URL", "CONCIERGE_BITRIX24__WEBHOOK_URL"} <= names
    for one in names:
        section, key = one.removeprefix("CONCIERGE_").lower().split("__")
        annotation = Settings.model_fields[section].annotation
        assert isinstance(annotation, type)
        assert issubclass(annotation, BaseModel)
        assert key in annotation.model_fields, one


def filled(value: str, given: dict[str, str]) -> str:
    """As Compose fills a value in: an empty variable gets its default."""
    return re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda found: given.get(found[1]) or found[2] or "", value)


@pytest.mark.parametrize("name", OURS)
def test_its_values_are_good_settings(compose, monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    given = {"BITRIX24_WEBHOOK_URL": "https://hotel.bitrix24.ru/rest/1/secret/", "BITRIX24_BOT_TOKEN": "t"}
    given |= {"METRICS_TOKEN": "abc", "POSTGRES_PASSWORD": "abc", "SECRET_KEYS": f'["k:{"A" * 43}="]'}
    for key, value in compose["services"][name]["environment"].items():
        monkeypatch.setenv(key, filled(value, given))
    settings = Settings()
    assert settings.service.metrics_token.get_secret_value() == "abc"
    if name == "concierge":
        assert settings.service.database_url == "sqlite+aiosqlite:///var/concierge.db"
        return
    assert settings.service.database_url == "postgresql+asyncpg://concierge:abc@postgres:5432/concierge"
    assert len(settings.service.secret_keys) == 1
    minio = {"KIND": "s3", "ENDPOINT": "http://minio:9000", "BUCKET": "concierge", "ACCESS_KEY": "concierge"}
    for key, value in (minio | {"SECRET_KEY": "12345678"}).items():
        monkeypatch.setenv(f"CONCIERGE_FILES__{key}", value)
    assert Settings().files.endpoint == "http://minio:9000"


def test_no_secret_stands_in_it_and_each_has_its_line_in_the_sample(compose):
    sample = sample_environment()
    wanted = variables_of(read("docker-compose.yml"))
    assert wanted | {"COMPOSE_PROFILES"} == set(sample)
    assert set(sample.values()) == {"", "hotel"}
    assert compose["secrets"]["metrics_token"]["environment"] in sample
    secret = re.compile(r"PASSWORD|TOKEN|WEBHOOK_URL|SECRET|MC_HOST")
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not secret.search(name) or variables_of(str(value)), name


# --- prometheus, Dockerfile, .gitlab-ci.yml -------------------------------------------------------------------


def test_prometheus_looks_where_the_service_listens(compose):
    (job,) = yaml.safe_load(read("deploy/prometheus.yml"))["scrape_configs"]
    (place,) = job["dns_sd_configs"]
    assert place["names"] == ["concierge"]
    for name in OURS:
        assert str(place["port"]) == compose["services"][name]["environment"]["CONCIERGE_SERVICE__PORT"]
    assert (
        job["authorization"]["credentials_file"]
        == f"/run/secrets/{compose['services']['prometheus']['secrets'][0]}"
    )


def copied() -> list[str]:
    """The sources of every COPY out of the tree."""
    lines = [line.split() for line in read("Dockerfile").splitlines() if line.startswith("COPY ")]
    return [source for _, *words in lines if not words[0].startswith("--from") for source in words[:-1]]


def test_the_image_is_made_of_things_that_exist():
    assert len(copied()) > 10
    assert all((ROOT / source).exists() for source in copied())


def test_the_image_has_every_room_of_the_wheel():
    rooms = tomllib.loads(read("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(rooms) <= set(copied())


def test_the_build_sees_just_what_it_copies():
    let_in = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    assert let_in == set(copied())


def test_the_image_is_nobody_special_and_trusts_hashes_only():
    text = read("Dockerfile")
    assert "\nUSER concierge\n" in text
    installs = re.findall(r"^RUN pip install (.*)$", text, re.MULTILINE)
    assert [
        ("--require-hashes" in line, "--no-deps --no-build-isolation ." in line) for line in installs
    ] == [
        (True, False),
        (False, True),
    ]
    (entry,) = json.loads(re.findall(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[0])
    assert entry in tomllib.loads(read("pyproject.toml"))["project"]["scripts"]


def test_the_lock_holds_the_build_backend():
    wanted = tomllib.loads(read("pyproject.toml"))["build-system"]["requires"]
    for name in ("requirements.lock", "requirements-image.lock"):
        locked = re.findall(r"^([\w.-]+)==", read(name), re.MULTILINE)
        assert {re.split(r"[<>=]", one)[0] for one in wanted} <= set(locked)


def test_ci_runs_the_gate_on_the_oldest_and_the_newest_python():
    ci = yaml.safe_load(read(".gitlab-ci.yml"))
    assert ci["gate"]["script"] == [".ci/run"]
    (matrix,) = ci["gate"]["parallel"]["matrix"]
    oldest = tomllib.loads(read("pyproject.toml"))["project"]["requires-python"].removeprefix(">=")
    image = re.findall(r"^FROM python:(3\.\d+)", read("Dockerfile"), re.MULTILINE)
    assert [one.split("-")[0] for one in matrix["PYTHON_IMAGE"]] == [oldest, image[0]]
    for job in (job for job in ci.values() if isinstance(job, dict) and "stage" in job):
        assert job["stage"] in ci["stages"]
