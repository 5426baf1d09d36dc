"""Encryption at rest of what opens other doors: portals' tokens, door passwords, webhook secrets.

AES-256-GCM with the key's id and the place of the value (table, portal, column) as associated data: a sealed value
that is copied to another portal's row or another column doesn't open there. Whoever has the database alone, as in a
stolen backup, has none of the secrets.
"""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import make_url

from domain.errors import Permanent

KEY_FILE = "secret.key"
KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = "s1"
_KEY_LINE = re.compile(r"(?P<id>[A-Za-z0-9_-]{1,32}):(?P<key>[A-Za-z0-9+/_=-]+)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands; it opens nowhere else."""

    table: str
    portal_id: int
    column: str

    def bound(self, key_id: str) -> bytes:
        """The associated data. The parts hold no line ends, so two places never read alike."""
        return "\n".join((_VERSION, key_id, self.table, str(self.portal_id), self.column)).encode()


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One key and the id it is known by in sealed values."""

    id: str
    key: bytes = field(repr=False)

    @classmethod
    def parse(cls, line: str) -> "SecretKey":
        """Read ``id:base64``; ValueError (without the key in it) unless it holds 32 bytes."""
        match = _KEY_LINE.fullmatch(line.strip())
        if match is None:
            raise ValueError("a key must look like 2026-11:BASE64 (id, colon, 32 bytes in base64)")
        text = match["key"].replace("-", "+").replace("_", "/").rstrip("=")
        try:
            key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except binascii.Error:
            raise ValueError(f"the key {match['id']!r} isn't base64") from None
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key {match['id']!r} must have {KEY_BYTES} bytes, it has {len(key)}")
        return cls(match["id"], key)

    @classmethod
    def make(cls, key_id: str) -> "SecretKey":
        """A new random key."""
        return cls(key_id, secrets.token_bytes(KEY_BYTES))

    @property
    def line(self) -> str:
        """As settings and key files write it."""
        return f"{self.id}:{base64.b64encode(self.key).decode()}"


class Sealer:
    """Seals with the first key, opens with any: a new key is put in front, the old one stays until all is re-sealed.

    Without keys it reads ``key_file``, and makes it at the first need; without either nothing can be sealed.
    """

    def __init__(self, keys: Sequence[SecretKey] = (), *, key_file: Path | None = None) -> None:
        self._key_file = key_file
        self._keys = _by_id(keys)

    @classmethod
    def of(cls, lines: Sequence[str], database_url: str) -> "Sealer":
        """By ``[service] secret_keys``; with none given, by the key file beside a SQLite database.

        ValueError when a line is no key.
        """
        keys = [SecretKey.parse(line) for line in lines]
        return cls(keys, key_file=None if keys else key_file_of(database_url))

    def seal(self, text: str, place: Place) -> str:
        """The text as it may be stored. Permanent("secret-keys-missing") when there is no key to be had."""
        key_id, cipher = next(iter(self._known().items()))
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = cipher.encrypt(nonce, text.encode(), place.bound(key_id))
        return f"{_VERSION}.{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: Place) -> str:
        """The text again. Permanent("secret-unreadable"): another key's, another place's, or changed by somebody."""
        version, _, rest = sealed.partition(".")
        key_id, _, text = rest.partition(".")
        cipher = self._known().get(key_id)
        where = f"{place.table}.{place.column} of portal {place.portal_id}"
        if version != _VERSION or cipher is None:
            raise Permanent("secret-unreadable", f"{where}: no key {key_id[:32]!r}")
        try:
            body = base64.urlsafe_b64decode(text)
            return cipher.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], place.bound(key_id)).decode()
        except (InvalidTag, ValueError):
            raise Permanent("secret-unreadable", f"{where}: not sealed here") from None

    def is_old(self, sealed: str) -> bool:
        """Whether it was sealed by another key than the first: to be sealed again when keys are rotated."""
        return sealed.split(".")[1:2] != [next(iter(self._known()))]

    def _known(self) -> Mapping[str, AESGCM]:
        if not self._keys and self._key_file is not None:
            self._keys = _by_id([_from_file(self._key_file)])
        if not self._keys:
            raise Permanent("secret-keys-missing", "set [service] secret_keys")
        return self._keys


def key_file_of(database_url: str) -> Path | None:
    """``secret.key`` beside a SQLite file; None for a server, whose replicas need the same keys from outside."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database).parent / KEY_FILE


def _by_id(keys: Sequence[SecretKey]) -> dict[str, AESGCM]:
    found = {key.id: AESGCM(key.key) for key in keys}
    if len(found) != len(keys):
        raise ValueError("two keys have the same id")
    return found


def _from_file(path: Path) -> SecretKey:
    """The file's key, made when there is none. Written aside and linked, so that a half-written one is never read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(SecretKey.make("file").line + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        finally:
            aside.unlink()
    try:
        return SecretKey.parse(path.read_text())
    except ValueError as error:
        raise Permanent("secret-keys-missing", f"{path.name}: {error}") from None
