"""The page and the hands of the demo people; grown by its own task."""

from __future__ import annotations

from aiohttp import web

from sandbox.portal.state import Portal


def setup(app: web.Application, portal: Portal) -> None:
    """Add the routes under /_sandbox/ and the page."""
