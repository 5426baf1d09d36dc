"""The callback form of this process: its consent text from the settings, its pages over the house's handlers."""

from aiohttp import web

from app.commands.base import UsageError
from app.settings import Settings
from app.wiring import House
from bot.texts import text
from handlers.desk.site_forms import Limits, SiteForms, consent_of
from storage.consents import ConsentText
from web import callback, consent
from web.callback import Pages


def forms_of(house: House) -> SiteForms | None:
    """The form's use cases; None when it is switched off, UsageError when its consent text can't be read."""
    section = house.settings.callback
    if not section.enabled:
        return None
    limits = Limits(section.per_ip, section.per_site)
    return SiteForms(house.scopes, house.requests, consent_text(house.settings), limits)


def setup(app: web.Application, house: House, forms: SiteForms) -> None:
    """Add the form's routes."""
    section = house.settings.callback
    operator, contact = operator_of(house.settings)
    pages = Pages(
        portal_id=house.portal.id,
        sites=section.sites,
        operator=operator,
        contact=contact,
        translated=section.consent_file is None,
        region=next((hotel.country for hotel in house.portal.hotels), "RU"),
        least_fill_s=section.min_fill_seconds,
        proxies=house.settings.service.trusted_proxies,
    )
    callback.setup(app, forms, text, house.scopes.clock, pages)


def consent_text(settings: Settings) -> ConsentText:
    """The text in force, with its version and hash; UsageError when its file can't be read."""
    section = settings.callback
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
