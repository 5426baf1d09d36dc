"""The FIAS door's settings: what its page shows can be used as it stands, and what is wrong is named."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.sources import FiasSource

PAGE = Path(__file__).parents[2] / "docs" / "fidelio-fias.md"


def shown() -> dict:
    """The page's example with every optional key in force."""
    block = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    whole = re.sub(r"^#(\w)", r"\1", block[1], flags=re.MULTILINE)
    [source] = tomllib.loads(whole)["hotels"]["sources"]
    return source


def test_the_example_of_the_page_can_be_used_and_shows_every_key():
    source = FiasSource.model_validate(shown())
    options = source.options("Europe/Moscow")
    assert (options.host, options.port, options.encoding) == ("10.0.0.5", 5010, "cp1251")
    assert set(FiasSource.model_fields) - {"same_ids"} <= set(shown())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("url", "http://10.0.0.5:5010"), ("url", "tcp://10.0.0.5"), ("encoding", "latin-1"), ("name_format", "surname"),
        ("fields", {"A0": "profile.passport"}), ("fields", {"B0": "stay.notes"}), ("family", "XX"), ("resync", "daily"),
        ("move_window_seconds", -1),
    ],
)  # fmt: skip
def test_a_wrong_key_is_named(key, value):
    with pytest.raises(ValidationError) as refused:
        FiasSource.model_validate(shown() | {key: value})
    assert key in str(refused.value)
