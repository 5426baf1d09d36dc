"""Commands for whoever runs the server: migrate."""

from app.commands.base import Outcome
from app.records import open_database
from app.settings import Settings


async def migrate_database(settings: Settings) -> Outcome:
    """Bring the schema up to date."""
    db = await open_database(settings)
    await db.close()
    return Outcome(show=lambda console: console.print("the database is up to date"))
