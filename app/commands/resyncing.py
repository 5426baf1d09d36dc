"""`concierge resync`: ask the hotel's live door for everybody in house; the running service does it."""

from app.commands.base import Outcome, UsageError, hotel_of, records
from app.settings import Settings
from handlers.sync.door_news import DoorNews


async def resync(settings: Settings, code: str) -> Outcome:
    """Order it for each live door of the hotel. UsageError when there is no hotel or none of its doors is live."""
    async with records(settings) as held:
        hotel = hotel_of(held.portal, code)
        live = [door.name for door in hotel.doors if door.live]
        if not live:
            raise UsageError(f"{hotel.code}: none of its doors is live (kind = fias)")
        news = DoorNews(held.scopes)
        for name in live:
            await news.wish(held.portal.id, hotel, name, asked_by="command line")
    line = f"ordered: {', '.join(live)}; the running service asks within seconds, or once it is started"
    return Outcome({"doors": live}, show=lambda console: console.print(line))
