"""The API of this process: its use cases over the house's handlers."""

from importlib.metadata import PackageNotFoundError, version

from aiohttp import web

from app.installed import sealer_of
from app.wiring import House
from bot.texts import text
from handlers.api.calls import Calls
from handlers.api.deliveries import DeliveryApi
from handlers.api.files import FileApi
from handlers.api.guests import GuestApi
from handlers.api.licences import LicenceApi
from handlers.api.requests import DeskApi
from handlers.api.syncs import SyncApi
from handlers.api.tokens import Tokens
from handlers.api.webhooks import WebhookApi
from web.api import site
from web.api.table import Cases


def setup(app: web.Application, house: House) -> None:
    """Add ``/api`` unless it is switched off."""
    section, service = house.process.api, house.process.service
    if not section.enabled:
        return
    sealer = sealer_of(house.process)
    cases = Cases(
        DeskApi(house.requests),
        GuestApi(),
        SyncApi(house.syncs),
        DeliveryApi(),
        WebhookApi(house.webhooks, sealer),
        LicenceApi(house.licences),
        FileApi(house.requests, house.file_links),
    )
    rules = site.Rules(
        per_s=section.calls_per_second,
        burst=section.burst,
        public_url=service.public_url,
        version=_version(),
        proxies=service.trusted_proxies,
    )
    calls = Calls(house.scopes, sealer)
    tokens = Tokens(house.scopes, lambda portal_id: house.portals[portal_id].reachable)
    site.setup(app, site.House(tokens, calls, cases, text, rules))


def _version() -> str:
    try:
        return version("concierge-b24")
    except PackageNotFoundError:
        return "0.0.0"
