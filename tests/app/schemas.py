"""The schemas of docs/json, and what they find wrong with a value."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

FOLDER = Path(__file__).parents[2] / "docs" / "json"
formats = FormatChecker(())


@formats.checks("date-time", raises=ValueError)
def _moment(value: object) -> bool:
    """A moment with its offset; jsonschema's own check needs one more library."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


def schema(name: str) -> dict[str, Any]:
    """A schema by the name of its command."""
    return json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))


def faults(name: str, value: Any) -> list[str]:
    """What a schema finds wrong; empty when the value fits."""
    validator = Draft202012Validator(schema(name), format_checker=formats)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
