"""The example file: it loads as it stands, and with every sample switched on it names every key there is."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app import sources
from app.settings import Settings, load_settings
from domain.service_levels import parse_levels

EXAMPLE = Path(__file__).parents[2] / "concierge.example.toml"


@pytest.fixture(autouse=True)
def _nothing_but_the_file(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("CONCIERGE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def switched_on() -> str:
    """The example with every ``#key = …`` and ``#[table]`` taken out of its comment."""
    return re.sub(r'^#(?=[a-z\["])', "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def models_of(annotation: Any) -> list[type[BaseModel]]:
    """The sections behind a field's type: ``Section``, ``Section | None``, ``list[Section]`` or one per kind."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_of(part)]


def of_kind(model: type[BaseModel], table: Any) -> bool:
    """Whether a table is of this model: a door's is the one of its kind."""
    kind = model.model_fields.get("kind")
    return kind is None or table.get("kind") in get_args(kind.annotation)


def collect(model: type[BaseModel], tables: list[Any], named: dict[type[BaseModel], set[str]]) -> None:
    """Note for each section's class which of its keys some table of the data names."""
    known = named.setdefault(model, set())
    for name, field in model.model_fields.items():
        given = [table[name] for table in tables if name in table]
        if given:
            known.add(name)
        flat = [one for v in given for one in (v if isinstance(v, list) else [v])]
        for below in models_of(field.annotation):
            collect(below, [one for one in flat if of_kind(below, one)], named)


def test_it_loads_as_it_stands():
    settings = load_settings(EXAMPLE)
    assert settings.hotels[0].code == "GRAND"
    assert settings.bitrix24.support_users == [2, 3]
    assert not settings.telegram.enabled


def test_what_it_shows_as_default_is_the_default():
    shown, plain = load_settings(EXAMPLE), Settings()
    assert shown.service == plain.service
    assert shown.support == plain.support


def test_it_loads_with_every_sample_switched_on(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "find_spec", lambda _library: object())  # all extras installed
    (tmp_path / "mapping-grand.toml").touch()
    file = tmp_path / "concierge.toml"
    file.write_text(switched_on(), encoding="utf-8")
    settings = load_settings(file)
    assert parse_levels(settings.support.levels)
    assert [door.kind for door in settings.hotels[0].doors] == list(sources.KINDS)


def test_it_names_every_key():
    named: dict[type[BaseModel], set[str]] = {}
    collect(Settings, [tomllib.loads(switched_on())], named)
    lacking = {model.__name__: set(model.model_fields) - known for model, known in named.items()}
    assert len(lacking) > 8
    assert {name: keys for name, keys in lacking.items() if keys} == {}


def test_it_holds_no_secret():
    settings = load_settings(EXAMPLE)
    assert settings.bitrix24.bot_token.get_secret_value() == ""
    assert settings.telegram.token.get_secret_value() == ""
    assert settings.hotels[0].doors[0].password.get_secret_value() == ""
