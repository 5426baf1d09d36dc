"""The pages inside the portal, put together: their use cases, the session's way in, the routes."""

from functools import partial

from aiohttp import web

from app.app_side import SharedChange
from app.installed import has_app, sealer_of, vault_of
from app.settings_desk import Desk
from app.wiring import House
from bot.texts import text
from bot.texts.faults import told
from domain.ports.frame import FrameAuth
from handlers import licences
from handlers.api.tokens import Tokens
from handlers.api.webhooks import WebhookApi
from handlers.settings.crm_tab import CrmTab
from handlers.settings.deliveries import DeliveryDesk
from handlers.settings.frames import Frames
from handlers.settings.mappings import Mappings
from handlers.settings.overview import Overview
from handlers.settings.settings import PortalSettings
from handlers.settings.syncs import SyncDesk
from handlers.settings.viewers import Viewer, Viewers
from integrations.bitrix24.frame_user import FramePortal
from web.app.chat_pages import ChatPages
from web.app.delivery_pages import DeliveryPages
from web.app.desks import Desks
from web.app.entry import Entry
from web.app.hotel_pages import HotelPages
from web.app.journal_pages import JournalPages
from web.app.licence_pages import LicencePages
from web.app.mapping_pages import MappingPages
from web.app.overview_pages import OverviewPages
from web.app.people_pages import PeoplePages
from web.app.program_pages import ProgramPages
from web.app.schedule_pages import SchedulePages
from web.app.site import House as SiteHouse
from web.app.site import Site
from web.app.site_pages import SitePages
from web.app.support_pages import SupportPages
from web.app.sync_pages import SyncPages
from web.app.tab_pages import TabPages
from web.app.template_pages import TemplatePages
from web.app.visits import Page


def setup(app: web.Application, house: House) -> None:
    """Add ``/bitrix24/app`` and the pages below it."""
    viewers = Viewers(house.scopes, house.people)
    overview = OverviewPages(Overview(house.scopes, house.syncs))
    tab = TabPages(CrmTab(house.scopes, house.guests, house.requests))
    pages = [*overview.pages(), *tab.pages(), *_pages(house)]
    shown = SiteHouse(
        viewers, text, house.scopes.clock, house.portals.portal, [partial(_licence_banner, house)]
    )
    site = Site(shown, pages)
    site.setup(app)
    Entry(site, frame_auth(house), overview.pages()[0], tab.pages()[0]).setup(app)


def frame_auth(house: House) -> FrameAuth | None:
    """Who is asked about a frame; None where no app can be installed."""
    session = house.portals.session
    if session is None or not has_app(house.process):
        return None
    return Frames(house.db, vault_of(house.process), lambda endpoint: FramePortal(session, endpoint))


def _pages(house: House) -> list[Page]:
    shared = house.app.shared if house.app is not None else SharedChange(house.portals, house.wakes)
    settings = PortalSettings(
        house.scopes, Desk(house.portals, shared.tell), lambda: sealer_of(house.process)
    )
    desks = Desks(house.scopes, settings, SyncDesk(house.syncs), DeliveryDesk(told), house.portals.outside)
    return [
        *HotelPages(settings).pages(),
        *MappingPages(settings, Mappings(house.scopes, house.portals.outside)).pages(),
        *SchedulePages(desks).pages(),
        *SupportPages(desks, house.people).pages(),
        *TemplatePages(desks).pages(),
        *PeoplePages(desks).pages(),
        *ChatPages(desks).pages(),
        *SitePages(desks, house.process.service.public_url).pages(),
        *SyncPages(desks).pages(),
        *DeliveryPages(desks).pages(),
        *JournalPages(desks).pages(),
        *LicencePages(desks).pages(),
        *_programs(house, desks).pages(),
    ]


def _programs(house: House, desks: Desks) -> ProgramPages:
    webhooks = WebhookApi(house.webhooks, sealer_of(house.process))
    url = f"{house.process.service.public_url.rstrip('/')}/api/docs"
    return ProgramPages(desks, Tokens(house.scopes), webhooks, url)


async def _licence_banner(house: House, viewer: Viewer) -> str | None:
    async with house.scopes.reading(viewer.portal_id, viewer.person) as scope:
        return await licences.banner(scope.speaking(viewer.language))
