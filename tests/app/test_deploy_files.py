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


def test_there_are_the_service_and_its_three_neighbours(compose):
    assert set(compose["services"]) == {"concierge", "postgres", "minio", "prometheus"}


def test_every_service_says_how_it_is(compose):
    for name, service in compose["services"].items():
        assert "healthcheck" in service or (name == "concierge" and "HEALTHCHECK" in read("Dockerfile"))


def test_ports_are_open_to_this_machine_only(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert len(ports) >= 5
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_images_are_pinned(compose):
    images = [service["image"] for service in compose["services"].values()]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_files_it_mounts_are_in_the_tree(compose):
    for service in compose["services"].values():
        for mount in service["volumes"]:
            if mount["type"] == "volume":
                assert mount["source"] in compose["volumes"]
            elif mount["source"] == "./concierge.toml":
                assert (ROOT / "concierge.example.toml").is_file()
            else:
                assert (ROOT / mount["source"]).is_file()


def test_what_it_sets_the_settings_know(compose):
    names = set(compose["services"]["concierge"]["environment"])
    assert {"CONCIERGE_SERVICE__DATABASE_URL", "CONCIERGE_BITRIX24__WEBHOOK_URL"} <= names
    for name in names:
        section, key = name.removeprefix("CONCIERGE_").lower().split("__")
        annotation = Settings.model_fields[section].annotation
        assert isinstance(annotation, type)
        assert issubclass(annotation, BaseModel)
        assert key in annotation.model_fields, name


def test_its_values_are_good_settings(compose, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    filled = {"BITRIX24_WEBHOOK_URL": "https://hotel.bitrix24.ru/rest/1/secret/", "BITRIX24_BOT_TOKEN": "t"}
    for name, value in compose["services"]["concierge"]["environment"].items():
        given = VARIABLE.sub(lambda found: filled.get(found[1], "abc"), str(value))
        monkeypatch.setenv(name, given)
    settings = Settings()
    assert settings.service.database_url == "postgresql+asyncpg://concierge:abc@postgres:5432/concierge"
    assert settings.service.metrics_token.get_secret_value() == "abc"


def test_no_secret_stands_in_it_and_each_has_its_line_in_the_sample(compose):
    sample = sample_environment()
    wanted = variables_of(read("docker-compose.yml"))
    assert wanted == set(sample)
    assert set(sample.values()) == {""}
    assert compose["secrets"]["metrics_token"]["environment"] in sample
    secret = re.compile(r"PASSWORD|TOKEN|WEBHOOK_URL|DATABASE_URL")
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            assert not secret.search(name) or variables_of(str(value)), name


# --- prometheus, Dockerfile, .gitlab-ci.yml -------------------------------------------------------------------


def test_prometheus_looks_where_the_service_listens(compose):
    (job,) = yaml.safe_load(read("deploy/prometheus.yml"))["scrape_configs"]
    (place,) = job["dns_sd_configs"]
    assert place["names"] == ["concierge"]
    assert str(place["port"]) == compose["services"]["concierge"]["environment"]["CONCIERGE_SERVICE__PORT"]
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
    locked = re.findall(r"^([\w.-]+)==", read("requirements.lock"), re.MULTILINE)
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
