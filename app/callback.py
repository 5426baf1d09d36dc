"""The callback form of this process: its consent text from the settings, its pages over the house's handlers."""

from aiohttp import web

from app.commands.base import UsageError
from app.portals import Served
from app.settings import Settings
from app.wiring import House
from bot.texts import text
from handlers.desk.site_forms import Limits, SiteForms, consent_of
from storage.consents import ConsentText
from web import callback, consent
from web.callback import Pages, Place


def setup(app: web.Application, house: House) -> None:
    """Add the forms' routes; UsageError when the consent text of the file can't be read."""
    if house.portals.main_id is not None and house.settings.callback.enabled:
        consent_text(house.settings)
    callback.setup(app, text, house.scopes.clock, Places(house).of)


class Places:
    """The portals' forms, each made once for as long as its portal is configured so: its consent is read and hashed."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._made: dict[int, tuple[Served, Place]] = {}

    def of(self, site: str) -> Place | None:
        """Whose form stands on a site: the portal that names it, else the file's; None: nobody's."""
        portals = self._house.portals
        named = [one for one in portals.all() if site and site in one.settings.callback.sites]
        served = named[0] if named else portals[portals.main_id] if portals.main_id is not None else None
        if served is None or not served.settings.callback.enabled:
            return None
        made = self._made.get(served.portal.id)
        if made is None or made[0] is not served:
            made = self._made[served.portal.id] = (served, _place(self._house, served))
        return made[1]


def _place(house: House, served: Served) -> Place:
    section = served.settings.callback
    operator, contact = operator_of(served.settings)
    limits = Limits(section.per_ip, section.per_site)
    pages = Pages(
        portal_id=served.portal.id,
        sites=section.sites,
        operator=operator,
        contact=contact,
        translated=section.consent_file is None and not section.consent_text,
        region=next((hotel.country for hotel in served.portal.hotels), "RU"),
        least_fill_s=section.min_fill_seconds,
        proxies=house.process.service.trusted_proxies,
    )
    return Place(SiteForms(house.scopes, house.requests, consent_text(served.settings), limits), pages)


def consent_text(settings: Settings) -> ConsentText:
    """The text in force, with its version and hash; UsageError when its file can't be read."""
    section = settings.callback
    if section.consent_file is None and section.consent_text:
        return consent_of(section.consent_version, section.consent_text)
    if section.consent_file is None:
        own = consent.builtin("ru", *operator_of(settings))
        return consent_of(section.consent_version or consent.VERSION, own)
    try:
        return consent_of(section.consent_version, section.consent_file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"[callback] consent_file: {section.consent_file} can't be read") from error


def operator_of(settings: Settings) -> tuple[str, str]:
    """Who processes the data and where to write to him; the first hotel's name until the settings say it properly."""
    section = settings.callback
    name = next((hotel.name for hotel in settings.hotels), "") or settings.bitrix24.public_url
    return section.operator or name, section.operator_contact or settings.bitrix24.public_url
