"""`concierge rotate-secrets`: a new key, and everything sealed with it."""

from datetime import UTC, datetime

from app.commands.base import Outcome
from app.records import open_database
from app.settings import Settings
from storage.rotation import reseal
from storage.sealing import Sealer, SecretKey


async def new_key(_settings: Settings) -> Outcome:
    """A fresh key, to be put in front of the others."""
    line = SecretKey.make(f"{datetime.now(UTC):%Y-%m-%d}").line
    data = {"anew": 0, "already": 0, "unreadable": [], "key": line}
    return Outcome(data, show=lambda console: console.print(line, markup=False, soft_wrap=True))


async def rotate_secrets(settings: Settings) -> Outcome:
    """Seal anew whatever an older key sealed; exit code 1 when something can't be opened."""
    service = settings.service
    sealer = Sealer.of([key.get_secret_value() for key in service.secret_keys], service.database_url)
    db = await open_database(settings)
    try:
        done = await reseal(db, sealer)
    finally:
        await db.close()
    data = {"anew": done.anew, "already": done.already, "unreadable": done.unreadable, "key": None}
    lines = [f"sealed anew: {done.anew}; with the first key already: {done.already}"]
    lines += [f"can't be opened: {where}" for where in done.unreadable]
    if not done.unreadable:
        lines.append("older keys can go: no value needs them any more")
    return Outcome(
        data,
        code=1 if done.unreadable else 0,
        show=lambda console: console.print("\n".join(lines), markup=False),
    )
