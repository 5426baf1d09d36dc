"""`concierge settings`: a link that opens the settings pages once, for hotels whose portal has no app of ours."""

from datetime import timedelta
from urllib.parse import urlsplit

from rich.console import Console

from app.commands.base import Outcome, UsageError, records
from app.page_links import local_link
from app.settings import Settings
from bot.texts import text
from domain.chat import Channel, Sender
from domain.people import Role
from handlers.people import People
from handlers.settings.viewers import LINK_LIFETIME, Viewers


async def settings_link(settings: Settings, user: int | None = None) -> Outcome:
    """A link for a portal user; whoever may run commands here may give an admin's rights to the pages."""
    user_id = str(user or default_user(settings) or "")
    if not user_id:
        raise UsageError("--user: give the id of a portal user")
    async with records(settings) as house, house.scopes.writing(house.portal.id) as scope:
        people = People()
        person = await people.ensure(scope, Sender(Channel.BITRIX24, user_id, ""))
        assert person is not None
        token = await Viewers(house.scopes, people).offer_link(scope, person)
    address = local_link(settings, token)
    minutes = LINK_LIFETIME // timedelta(minutes=1)

    def show(console: Console) -> None:
        console.print(text("settings-link", settings.service.language, minutes=minutes), markup=False)
        console.print(address, markup=False, soft_wrap=True)

    return Outcome({"url": address, "user": user_id, "minutes": minutes}, 0, show)


def default_user(settings: Settings) -> int | None:
    """The first admin of the settings, else whose webhook it is."""
    admins = [one.user for one in settings.people if one.role is Role.ADMIN and one.user is not None]
    parts = urlsplit(settings.bitrix24.url).path.strip("/").split("/")
    owner = parts[-2] if len(parts) > 1 else ""
    return admins[0] if admins else (int(owner) if owner.isdigit() else None)
