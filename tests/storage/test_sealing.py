"""Sealed values open with their key, in their place, and nowhere else."""

import stat
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Permanent
from storage.sealing import Place, Sealer, SecretKey, key_file_of

PLACE = Place("installations", 7, "access_token")
OLD, NEW = SecretKey.make("2025"), SecretKey.make("2026")


@given(st.text())
def test_what_was_sealed_opens_in_its_place(text: str) -> None:
    sealer = Sealer([NEW])
    sealed = sealer.seal(text, PLACE)
    assert sealer.open(sealed, PLACE) == text
    assert sealed != sealer.seal(text, PLACE)


@pytest.mark.parametrize(
    "place",
    [
        Place("hotels", 7, "access_token"),
        Place("installations", 8, "access_token"),
        Place("installations", 7, "refresh_token"),
    ],
)
def test_a_copy_in_another_place_does_not_open(place: Place) -> None:
    sealer = Sealer([NEW])
    with pytest.raises(Permanent, match="secret-unreadable"):
        sealer.open(sealer.seal("token", PLACE), place)


@given(st.integers(min_value=0), st.integers(1, 255))
def test_a_changed_value_does_not_open(position: int, flip: int) -> None:
    sealer = Sealer([NEW])
    sealed = bytearray(sealer.seal("token", PLACE).encode())
    sealed[position % len(sealed)] ^= flip
    opened = ""
    with suppress(Permanent):
        opened = sealer.open(sealed.decode("latin-1"), PLACE)
    assert opened in {"", "token"}  # "token": only unused bits of the last base64 letter were changed


def test_keys_rotate_without_a_pause() -> None:
    before = Sealer([OLD]).seal("token", PLACE)
    both = Sealer([NEW, OLD])
    assert both.open(before, PLACE) == "token"
    assert both.is_old(before)
    again = both.seal("token", PLACE)
    assert not both.is_old(again)
    assert Sealer([NEW]).open(again, PLACE) == "token"
    with pytest.raises(Permanent, match="no key '2025'"):
        Sealer([NEW]).open(before, PLACE)


def test_the_key_file_is_made_at_first_need(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/var/concierge.db"
    file = key_file_of(url)
    assert file == tmp_path / "var" / "secret.key"
    sealer = Sealer.of([], url)
    assert not file.exists()
    sealed = sealer.seal("token", PLACE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["secret.key"]
    assert Sealer.of([], url).open(sealed, PLACE) == "token"


def test_a_server_database_needs_keys_from_outside() -> None:
    sealer = Sealer.of([], "postgresql+asyncpg://db/concierge")
    with pytest.raises(Permanent, match="secret_keys"):
        sealer.seal("token", PLACE)
    assert Sealer.of([NEW.line], "postgresql+asyncpg://db/concierge").seal("token", PLACE)


@pytest.mark.parametrize(
    "line", ["", "only-id:", "a b:AAAA", "short:AAAA", "x:!!!!", NEW.line[:-4]], ids=str.__len__
)
def test_a_line_that_is_no_key_is_refused_without_showing_it(line: str) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        SecretKey.parse(line)
    assert NEW.line.partition(":")[2][:8] not in str(caught.value)


def test_no_key_stands_in_a_repr() -> None:
    assert NEW.line.partition(":")[2][:8] not in repr(NEW)
    with pytest.raises(ValueError, match="same id"):
        Sealer([NEW, SecretKey.make("2026")])
