"""The `concierge` command. Exit codes: 0 done, 1 done with failed items, 2 wrong use or configuration, 3 unreachable.

What only some commands need is imported by them: `--help` and a wrong word are answered at once.
"""

import asyncio
import logging
import os
import re
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts
import orjson
from cyclopts import Parameter

from app import commands
from domain.errors import ConciergeError, Permanent, Refused

if TYPE_CHECKING:
    from app.commands import Outcome
    from app.settings import Settings

    Work = Callable[[Settings], Awaitable[Outcome]]

DONE, SOME_FAILED, WRONG_USE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130
WIDE = 250
"""Columns of a table that no terminal shows: nothing is cut in a pipe."""


def version() -> str:
    """The installed version."""
    try:
        return installed_version("concierge-b24")
    except PackageNotFoundError:
        return "0.0.0"


app = cyclopts.App(
    name="concierge",
    help="Fidelio and Bitrix24 in one chat: support requests, guests, syncs.",
    version=version,
    result_action="return_value",
)

Config = Annotated[Path | None, Parameter(name="--config", help="default: ./concierge.toml")]
Json = Annotated[bool, Parameter(name="--json", negative="", help="one JSON object on stdout")]


def complain(line: str) -> None:
    """One readable line on stderr; nothing in it styles or steers the terminal."""
    from rich.console import Console  # noqa: PLC0415

    from app.logs import redact  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(commands.inert(redact(" ".join(line.split()))), style="red", markup=False)


def _run(config: Path | None, work: "Work", *, json: bool = False) -> int:
    """Load the settings, do the work, print its outcome, give the exit code."""
    from app.logs import configure  # noqa: PLC0415
    from app.settings import SettingsError, load_settings  # noqa: PLC0415

    try:
        settings = load_settings(config)
    except SettingsError as error:
        for fault in error.faults:
            complain(f"configuration: {fault}")
        return WRONG_USE
    configure(settings.service.log_format, "CRITICAL")
    try:
        outcome = asyncio.run(_guarded(work, settings))
    except commands.UsageError as error:
        complain(str(error))
        return WRONG_USE
    except ConciergeError as error:
        complain(commands.explain(error, settings))
        return WRONG_USE if isinstance(error, Permanent | Refused) else UNREACHABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    if json:
        sys.stdout.buffer.write(orjson.dumps(outcome.data, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        from rich.console import Console  # noqa: PLC0415

        width = None if sys.stdout.isatty() else WIDE
        outcome.print(Console(highlight=False, soft_wrap=True, width=width))
    return outcome.code


async def _guarded(work: "Work", settings: "Settings") -> "Outcome":
    return await work(settings)


@app.command
def run(*, config: Config = None) -> int:
    """The service: migrate, check, register the bot, serve until SIGTERM."""
    return _run(config, commands.run)


@app.command
def demo(*, port: int = 8090, fresh: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Try it: the sandbox portal, a sandbox hotel with real bookings, and the bot. Nothing leaves this machine."""
    from app import demo as demo_module  # noqa: PLC0415

    return demo_module.run(port, fresh=fresh)


@app.command
def check(*, config: Config = None, json: Json = False) -> int:
    """The doctor: database, portal, bot, scopes, Telegram, each hotel's source; a remedy per fault."""
    return _run(config, commands.check, json=json)


@app.command
def sync(
    hotel: str,
    *,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    full: Annotated[bool, Parameter(negative="")] = False,
    since: Annotated[
        str | None, Parameter(help="read what changed from this day on, like 2026-11-22")
    ] = None,
    apply: Annotated[int | None, Parameter(help="write what this dry run has shown, by its number")] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """One sync of HOTEL, with a progress bar on a terminal."""
    if apply is not None and (dry_run or full or since):
        complain("--apply writes what a dry run has shown: give nothing else with it")
        return WRONG_USE
    order = commands.SyncOrder(hotel, dry=dry_run, full=full, since=since, quiet=json, apply=apply)
    return _run(config, lambda settings: commands.sync(settings, order), json=json)


@app.command
def sync_errors(
    hotel: str,
    *,
    retry: Annotated[bool, Parameter(negative="")] = False,
    only: Annotated[
        list[str] | None, Parameter(help="with --retry: these records, like stay:4711", negative="")
    ] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """The records of HOTEL that are not in the CRM, each with its cause; --retry tries them and nothing else."""
    if only and not retry:
        complain("--only says which records to --retry")
        return WRONG_USE
    work, some = commands.sync_errors, only or ()
    return _run(config, lambda settings: work(settings, hotel, retry=retry, only=some, quiet=json), json=json)


@app.command
def reconcile(
    hotel: str,
    *,
    repair: Annotated[
        bool, Parameter(negative="", help="put right what differs, and look once more")
    ] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """Everything the PMS of HOTEL has against everything of ours in the CRM; exit 1 while something differs."""
    work = commands.reconcile
    return _run(config, lambda settings: work(settings, hotel, repair=repair, quiet=json), json=json)


@app.command
def identities(
    hotel: str,
    *,
    decide: Annotated[
        tuple[int, str] | None,
        Parameter(help="ID join|apart: one person or two, also against what was decided"),
    ] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """Guests of HOTEL taken for one person, and those somebody has to say it of."""
    if decide is None:
        return _run(config, lambda settings: commands.identities(settings, hotel), json=json)
    work, (case_id, word) = commands.decide_identity, decide
    return _run(config, lambda settings: work(settings, hotel, case_id, word), json=json)


@app.command
def resync(hotel: str, *, config: Config = None) -> int:
    """Ask HOTEL's live door for everybody in house; whoever it doesn't name has left."""
    return _run(config, lambda settings: commands.resync(settings, hotel))


@app.command(name="runs")
def runs_command(hotel: str, *, limit: int = 20, config: Config = None, json: Json = False) -> int:
    """The last runs of HOTEL's sync: when, what kind, how they ended."""
    return _run(config, lambda settings: commands.list_runs(settings, hotel, limit=limit), json=json)


@app.command
def why(hotel: str, query: str, *, config: Config = None, json: Json = False) -> int:
    """Why a guest isn't in the CRM: what became of a name or a number, and the next step."""
    return _run(config, lambda settings: commands.why(settings, hotel, query), json=json)


@app.command
def mapping(
    hotel: str,
    *,
    default: Annotated[bool, Parameter(negative="", help="print the built-in mapping, to be copied")] = False,
    preview: Annotated[int | None, Parameter(help="try it on so many guests and stays")] = None,
    check: Annotated[bool, Parameter(negative="", help="compare it with the portal")] = False,
    reveal: Annotated[bool, Parameter(negative="", help="show a preview's personal data whole")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """Which fact of HOTEL's Fidelio goes into which CRM field, and who owns it there."""
    ask = commands.MappingQuestion(hotel, default=default, preview=preview, check=check, reveal=reveal)
    return _run(config, lambda settings: commands.show_mapping(settings, ask), json=json)


@app.command
def guests(
    query: str = "",
    /,
    *,
    reindex: Annotated[bool, Parameter(negative="", help="write the search index anew")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """What the bot's guest search finds; `--reindex` writes its index anew."""
    return _run(config, lambda settings: commands.guests(settings, query, reindex=reindex), json=json)


@app.command(name="lookups")
def lookups_command(
    *,
    since: Annotated[str | None, Parameter(help="from this day on, like 2026-11-22")] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """Who looked at which guests: when, where, in what way, and what for."""
    return _run(config, lambda settings: commands.list_lookups(settings, since), json=json)


@app.command
def guest_report(hotel: str, profile: str, *, config: Config = None, json: Json = False) -> int:
    """All that lies here about the guest PROFILE of HOTEL, and who looked: for his own access request."""
    return _run(config, lambda settings: commands.guest_report(settings, hotel, profile), json=json)


@app.command
def erase_guest(
    hotel: str,
    profile: str,
    *,
    yes: Annotated[bool, Parameter(negative="", help="don't ask")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """Erase the guest PROFILE of HOTEL: here, in the CRM, in chats and requests. Ask the PMS to forget him first."""
    work = commands.erase_guest
    return _run(config, lambda settings: work(settings, hotel, profile, yes=yes, quiet=json), json=json)


@app.command
def requests(
    *,
    open_only: Annotated[bool, Parameter(name="--open", negative="")] = False,
    csv: Annotated[Path | None, Parameter(help="write them to FILE, for programs")] = None,
    xlsx: Annotated[Path | None, Parameter(help="write them to FILE, for people")] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """The desk: all requests, or the open ones; shown, or written to a file."""
    if csv and xlsx:
        complain("give either --csv or --xlsx")
        return WRONG_USE
    if file := csv or xlsx:
        kind, export = ("csv" if csv else "xlsx"), commands.export_requests
        return _run(config, lambda settings: export(settings, file, kind, open_only=open_only), json=json)
    return _run(config, lambda settings: commands.requests(settings, open_only=open_only), json=json)


@app.command
def request(number: str, *, config: Config = None, json: Json = False) -> int:
    """One request with its full history."""
    return _run(config, lambda settings: commands.request(settings, number), json=json)


@app.command
def deliveries(
    *,
    dead: Annotated[bool, Parameter(negative="")] = False,
    retry: int | None = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """The outbox: what waits, what was given up; --retry ID brings one back."""
    return _run(config, lambda settings: commands.deliveries(settings, dead=dead, retry=retry), json=json)


@app.command(name="settings")
def settings_pages(
    *,
    user: Annotated[int | None, Parameter(help="whose pages: a portal user's id")] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """A link that opens the settings pages in a browser, once and within a quarter of an hour."""
    return _run(config, lambda settings: commands.settings_link(settings, user), json=json)


@app.command
def portals(*, config: Config = None, json: Json = False) -> int:
    """Every portal: how it is reached, how it stands, which process serves it, until when it is paid."""
    return _run(config, commands.list_portals, json=json)


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
    return _run(config, lambda settings: commands.licence(settings, portal, wish), json=json)


@app.command
def releases(
    *,
    tell: Annotated[bool, Parameter(negative="", help="tell portals that don't know yet")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """The releases this version knows of, what the newest brings, and the portals each was told to."""
    return _run(config, lambda settings: commands.releases(settings, tell=tell), json=json)


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
    return _run(config, lambda settings: commands.tokens(settings, portal, wish), json=json)


source_app = cyclopts.App(name="source", help="The doors into Fidelio, before they are relied on.")
app.command(source_app)


@source_app.command(name="guess")
def source_guess(file: Path, *, config: Config = None, json: Json = False) -> int:
    """A column map for the export FILE, with its first rows as they would be read; what is doubtful is marked."""
    return _run(config, lambda settings: commands.guess_source(settings, file), json=json)


@source_app.command(name="probe")
def source_probe(hotel: str, *, config: Config = None, json: Json = False) -> int:
    """Do the doors of HOTEL number stays alike? Compares the guests in the house, and keeps what comes out."""
    return _run(config, lambda settings: commands.probe_source(settings, hotel), json=json)


@app.command
def migrate(*, config: Config = None) -> int:
    """Bring the database to this version's schema."""
    return _run(config, commands.migrate_database)


@app.command
def backup(file: Path, *, config: Config = None) -> int:
    """Write a consistent copy of the SQLite database to FILE, also while the service runs."""
    return _run(config, lambda settings: commands.backup(settings, file))


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
        return _run(config, lambda settings: commands.decide(settings, send=send), json=json)
    return _run(config, lambda settings: commands.restore(settings, file), json=json)


@app.command
def move_to(target: str, /, *, config: Config = None, json: Json = False) -> int:
    """Move all data from the SQLite file to an empty PostgreSQL, postgresql+asyncpg://…; all of it or nothing."""
    return _run(config, lambda settings: commands.move_to(settings, target, quiet=json), json=json)


@app.command
def rotate_secrets(
    *,
    new: Annotated[bool, Parameter(negative="", help="only print a fresh key")] = False,
    config: Config = None,
    json: Json = False,
) -> int:
    """Seal tokens and passwords in the database anew with the first of [service] secret_keys."""
    return _run(config, commands.new_key if new else commands.rotate_secrets, json=json)


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


def _without_dashes(line: str) -> str:
    """The arguments that have a place of their own aren't written with dashes."""
    return re.sub(r"--(hotel|query|number|file|kind|profile)\b", lambda found: found[1].upper(), line)


def _unforeseen(kind: type[BaseException], fault: BaseException, trace: TracebackType | None) -> None:
    """A bug, or a failure of the machine: one line for people, the whole of it for the log when that is JSON."""
    from app.logs import DEBUG  # noqa: PLC0415

    if kind is KeyboardInterrupt:
        return
    if DEBUG in os.environ:
        sys.__excepthook__(kind, fault, trace)
        return
    complain(f"internal error: {kind.__name__}: {fault} (set {DEBUG}=1 to see where)")
    if not sys.stderr.isatty() and logging.getLogger().isEnabledFor(logging.WARNING):  # the service's log
        logging.getLogger("concierge").critical("internal error", exc_info=(kind, fault, trace))


def main() -> None:
    """The entry point, of `concierge` and of `python -m app`."""
    sys.excepthook = _unforeseen
    try:
        result = app(sys.argv[1:], exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except cyclopts.CycloptsError as error:
        complain(f"{_without_dashes(str(error))} See `concierge --help`.")
        sys.exit(WRONG_USE)
    except BrokenPipeError:  # the reader of our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(SOME_FAILED)
    sys.exit(result if isinstance(result, int) else DONE)


if __name__ == "__main__":
    main()
