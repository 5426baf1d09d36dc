"""Tokens of download and upload addresses: who may fetch or put which file, and for how long."""

from __future__ import annotations

import secrets
from dataclasses import dataclass


@dataclass
class Link:
    """Permission to fetch one file (`file_id`) or to put one into a folder (`folder_id`)."""

    user_id: int
    expires_at: float
    file_id: int | None = None
    folder_id: int | None = None
    unique_name: bool = False
    once: bool = False


class Links:
    """Tokens of download and upload addresses; they do not outlive the process."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}

    def issue(self, prefix: str, link: Link) -> str:
        token = f"{prefix}|{secrets.token_urlsafe(24)}"
        self._links[token] = link
        return token

    def take(self, token: str, now: float) -> Link | None:
        """The link behind a token, unless used up or expired."""
        link = self._links.get(token)
        if link is None or link.expires_at < now:
            self._links.pop(token, None)
            return None
        if link.once:
            del self._links[token]
        return link
