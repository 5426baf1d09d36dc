"""Fetches export files from an SFTP server: what is new there comes into the folder under a passing name, then its own.

The server's key must be the one in the settings. asyncssh is an extra (``concierge-b24[sftp]``), imported when asked.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import Permanent, Temporary
from integrations.fidelio.exports.folder import UNFINISHED

if TYPE_CHECKING:
    import asyncssh

SFTP = "exports-sftp"
FETCHED = ".fetched.json"
CONNECT_TIMEOUT_S = 15.0
MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Server:
    """Where and as whom. ``host_key``: the server's public key, one line as ``ssh-keyscan`` prints it after the host."""

    host: str
    username: str
    host_key: str
    port: int = 22
    password: str = ""
    key_file: Path | None = None
    folder: str = "."


class SftpFetch:
    """Copies new files; what was copied is remembered by name, size and time, nothing is changed on the server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def fetch(self, into: Path) -> int:
        """How many files came. Temporary(exports-sftp): away; Permanent: it doesn't let us in or isn't who it was."""
        known = await asyncio.to_thread(_known, into)
        count = 0
        async with self._connected() as sftp:
            for name, mark in sorted((await _listing(sftp, self._server.folder)).items()):
                if known.get(name) == mark:
                    continue
                part = into / f".{name}.part"
                await sftp.get(f"{self._server.folder}/{name}", str(part), preserve=True)
                if (await _listing(sftp, self._server.folder)).get(name) != mark:
                    part.unlink()  # it grew meanwhile: next time
                    continue
                part.replace(into / name)
                known[name] = mark
                await asyncio.to_thread(_remember, into, known)
                count += 1
        return count

    async def check(self) -> str:
        """Who answers, and how many files lie there."""
        async with self._connected() as sftp:
            found = await _listing(sftp, self._server.folder)
        return f"sftp {self._server.host}: {len(found)}"

    @asynccontextmanager
    async def _connected(self) -> "AsyncIterator[asyncssh.SFTPClient]":
        import asyncssh  # noqa: PLC0415 - an extra

        server = self._server
        try:
            keys = asyncssh.import_known_hosts(f"{_pattern(server)} {server.host_key}\n")
            async with (
                asyncio.timeout(CONNECT_TIMEOUT_S) as patience,
                asyncssh.connect(
                    server.host,
                    server.port,
                    username=server.username,
                    password=server.password or None,
                    client_keys=[str(server.key_file)] if server.key_file else [],
                    known_hosts=keys,
                    agent_path=None,
                    config=None,
                ) as connection,
                connection.start_sftp_client() as sftp,
            ):
                patience.reschedule(None)
                yield sftp
        except (asyncssh.HostKeyNotVerifiable, asyncssh.PermissionDenied, asyncssh.KeyImportError) as fault:
            raise Permanent(SFTP, type(fault).__name__) from fault
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied) as fault:
            raise Permanent(SFTP, f"{server.folder}: {type(fault).__name__}") from fault
        except (asyncssh.Error, OSError, TimeoutError) as fault:
            raise Temporary(SFTP, type(fault).__name__) from fault


def _pattern(server: Server) -> str:
    return server.host if server.port == 22 else f"[{server.host}]:{server.port}"


async def _listing(sftp: "asyncssh.SFTPClient", folder: str) -> dict[str, list[int]]:
    """Name → [size, time] of the files that look finished."""
    found = {}
    for entry in await sftp.readdir(folder):
        name, attributes = str(entry.filename), entry.attrs
        if name.startswith(".") or "/" in name or name.casefold().endswith(UNFINISHED):
            continue
        if attributes.type == 1 and attributes.size:  # a regular file
            found[name] = [int(attributes.size), int(attributes.mtime or 0)]
    return found


def _known(into: Path) -> dict[str, list[int]]:
    try:
        found: dict[str, list[int]] = json.loads((into / FETCHED).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _remember(into: Path, known: dict[str, list[int]]) -> None:
    newest = dict(list(known.items())[-MOST_REMEMBERED:])
    fresh = into / f"{FETCHED}.new"
    fresh.write_text(json.dumps(newest, ensure_ascii=False), encoding="utf-8")
    fresh.replace(into / FETCHED)
