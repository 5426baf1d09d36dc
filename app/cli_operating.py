"""The terminal's commands for whoever runs the service: pages, portals, licences, tokens, databases, secrets, stand-ins."""

from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter

from app import commands
from app.cli_frame import WRONG_USE, Config, Json, app, complain, run_command


@app.command(name="settings")
def settings_pages(
    *,
    user: Annotated[int | None, Parameter(help="whose pages: a portal user's id")] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """A link that opens the settings pages in a browser, once and within a quarter of an hour."""
    return run_command(config, lambda settings: commands.settings_link(settings, user), json=json)


@app.command
def portals(*, config: Config = None, json: Json = False) -> int:
    """Every portal: how it is reached, how it stands, which process serves it, until when it is paid."""
    return run_command(config, commands.list_portals, json=json)


@app.command
def licence(
    portal: str | None = None,
    *,
    paid_until: Annotated[str | None, Parameter(help="the last paid day, like 2027-11-30")] = None,
    grace: Annotated[int | None, Parameter(help="days after it during which syncs go on")] = None,
    note: Annotated[str | None, Parameter(help="for the vendor; shown in no chat")] = None,
    unlimited: Annotated[bool, Parameter(negative="")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """Until when a portal is paid; every portal's without PORTAL. A change takes effect at once."""
    wish = commands.LicenceWish(paid_until, grace, note, unlimited)
    return run_command(config, lambda settings: commands.licence(settings, portal, wish), json=json)


@app.command
def releases(
    *,
    tell: Annotated[bool, Parameter(negative="", help="tell portals that don't know yet")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """The releases this version knows of, what the newest brings, and the portals each was told to."""
    return run_command(config, lambda settings: commands.releases(settings, tell=tell), json=json)


@app.command(name="tokens")
def tokens_command(
    *,
    new: Annotated[str | None, Parameter(help="give a token of this name out; it is shown once")] = None,
    scopes: Annotated[
        list[str] | None, Parameter(help="what it opens, like requests:read,syncs:write", negative="")
    ] = None,
    privacy: Annotated[
        Literal["basic", "contact", "money", "all"], Parameter(help="how much of a guest it shows")
    ] = "basic",
    role: Annotated[
        Literal["staff", "marketing", "manager", "support", "admin"],
        Parameter(help="what it may do at the desk"),
    ] = "manager",
    hotels: Annotated[list[str] | None, Parameter(help="for these hotels only", negative="")] = None,
    expires: Annotated[str | None, Parameter(help="its last day, like 2027-11-30")] = None,
    revoke: Annotated[int | None, Parameter(help="shut the token of this number out")] = None,
    portal: Annotated[str | None, Parameter(help="of this portal, by its key")] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """Tokens of other programs for the API: listed, given out with --new, shut out with --revoke."""
    wish = commands.token_wish(
        new=new,
        scopes=scopes or (),
        privacy=privacy,
        role=role,
        hotels=hotels or (),
        expires=expires,
        revoke=revoke,
    )
    return run_command(config, lambda settings: commands.tokens(settings, portal, wish), json=json)


source_app = cyclopts.App(name="source", help="The doors into Fidelio, before they are relied on.")
app.command(source_app)


@source_app.command(name="guess")
def source_guess(file: Path, *, config: Config = None, json: Json = False) -> int:
    """A column map for the export FILE, with its first rows as they would be read; what is doubtful is marked."""
    return run_command(config, lambda settings: commands.guess_source(settings, file), json=json)


@source_app.command(name="probe")
def source_probe(hotel: str, *, config: Config = None, json: Json = False) -> int:
    """Do the doors of HOTEL number stays alike? Compares the guests in the house, and keeps what comes out."""
    return run_command(config, lambda settings: commands.probe_source(settings, hotel), json=json)


@app.command
def migrate(*, config: Config = None) -> int:
    """Bring the database to this version's schema."""
    return run_command(config, commands.migrate_database)


@app.command
def backup(file: Path, *, config: Config = None) -> int:
    """Write a consistent copy of the SQLite database to FILE, also while the service runs."""
    return run_command(config, lambda settings: commands.backup(settings, file))


@app.command
def restore(
    file: Path | None = None,
    /,
    *,
    send: Annotated[
        bool, Parameter(negative="", help="what a restore has parked goes out after all")
    ] = False,
    drop: Annotated[bool, Parameter(negative="", help="what a restore has parked was done before")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """Put the backup FILE in the database's place, or settle one that stands there; nothing is done twice."""
    if send + drop + (file is not None) > 1:
        complain("give one of FILE, --send and --drop")
        return WRONG_USE
    if send or drop:
        return run_command(config, lambda settings: commands.decide(settings, send=send), json=json)
    return run_command(config, lambda settings: commands.restore(settings, file), json=json)


@app.command
def move_to(target: str, /, *, config: Config = None, json: Json = False) -> int:
    """Move all data from the SQLite file to an empty PostgreSQL, postgresql+asyncpg://…; all of it or nothing."""
    return run_command(config, lambda settings: commands.move_to(settings, target, quiet=json), json=json)


@app.command
def rotate_secrets(
    *,
    new: Annotated[bool, Parameter(negative="", help="only print a fresh key")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """Seal tokens and passwords in the database anew with the first of [service] secret_keys."""
    return run_command(config, commands.new_key if new else commands.rotate_secrets, json=json)


@app.command(name="sandbox")
def sandbox_command(
    kind: str,
    *,
    port: int = 8090,
    database: Path | None = None,
    fias_port: int | None = None,
    exports: Annotated[Path | None, Parameter(help="where a hotel leaves its export files")] = None,
) -> int:
    """A stand-in by itself: portal, cloud, hotel or telegram; a hotel's live link listens on --fias-port."""
    from app import sandboxes  # noqa: PLC0415

    return sandboxes.serve(kind, port, database, fias_port, exports)
