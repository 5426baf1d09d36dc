"""The `concierge` command. Exit codes: 0 done, 1 done with failed items, 2 wrong use or configuration, 3 unreachable.

What only some commands need is imported by them: `--help` and a wrong word are answered at once.
"""

import logging
import os
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from app import cli_operating, commands
from app.cli_frame import DONE, SOME_FAILED, WRONG_USE, Config, Json, app, complain, run_command, version

__all__ = ["app", "cli_operating", "complain", "main", "version"]


@app.command
def run(*, config: Config = None) -> int:
    """The service: migrate, check, register the bot, serve until SIGTERM."""
    return run_command(config, commands.run)


@app.command
def demo(*, port: int = 8090, fresh: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Try it: the sandbox portal, a sandbox hotel with real bookings, and the bot. Nothing leaves this machine."""
    from app import demo as demo_module  # noqa: PLC0415

    return demo_module.run(port, fresh=fresh)


@app.command
def check(*, config: Config = None, json: Json = False) -> int:
    """The doctor: database, portal, bot, scopes, Telegram, each hotel's source; a remedy per fault."""
    return run_command(config, commands.check, json=json)


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
    return run_command(config, lambda settings: commands.sync(settings, order), json=json)


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
    return run_command(
        config, lambda settings: work(settings, hotel, retry=retry, only=some, quiet=json), json=json
    )


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
    return run_command(config, lambda settings: work(settings, hotel, repair=repair, quiet=json), json=json)


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
        return run_command(config, lambda settings: commands.identities(settings, hotel), json=json)
    work, (case_id, word) = commands.decide_identity, decide
    return run_command(config, lambda settings: work(settings, hotel, case_id, word), json=json)


@app.command
def resync(hotel: str, *, config: Config = None) -> int:
    """Ask HOTEL's live door for everybody in house; whoever it doesn't name has left."""
    return run_command(config, lambda settings: commands.resync(settings, hotel))


@app.command(name="runs")
def runs_command(hotel: str, *, limit: int = 20, config: Config = None, json: Json = False) -> int:
    """The last runs of HOTEL's sync: when, what kind, how they ended."""
    return run_command(config, lambda settings: commands.list_runs(settings, hotel, limit=limit), json=json)


@app.command
def why(hotel: str, query: str, *, config: Config = None, json: Json = False) -> int:
    """Why a guest isn't in the CRM: what became of a name or a number, and the next step."""
    return run_command(config, lambda settings: commands.why(settings, hotel, query), json=json)


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
    return run_command(config, lambda settings: commands.show_mapping(settings, ask), json=json)


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
    return run_command(config, lambda settings: commands.guests(settings, query, reindex=reindex), json=json)


@app.command(name="lookups")
def lookups_command(
    *,
    since: Annotated[str | None, Parameter(help="from this day on, like 2026-11-22")] = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """Who looked at which guests: when, where, in what way, and what for."""
    return run_command(config, lambda settings: commands.list_lookups(settings, since), json=json)


@app.command
def guest_report(hotel: str, profile: str, *, config: Config = None, json: Json = False) -> int:
    """All that lies here about the guest PROFILE of HOTEL, and who looked: for his own access request."""
    return run_command(config, lambda settings: commands.guest_report(settings, hotel, profile), json=json)


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
    return run_command(
        config, lambda settings: work(settings, hotel, profile, yes=yes, quiet=json), json=json
    )


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
        return run_command(
            config, lambda settings: export(settings, file, kind, open_only=open_only), json=json
        )
    return run_command(config, lambda settings: commands.requests(settings, open_only=open_only), json=json)


@app.command
def request(number: str, *, config: Config = None, json: Json = False) -> int:
    """One request with its full history."""
    return run_command(config, lambda settings: commands.request(settings, number), json=json)


@app.command
def deliveries(
    *,
    dead: Annotated[bool, Parameter(negative="")] = False,
    retry: int | None = None,
    config: Config = None,
    json: Json = False,
) -> int:
    """The outbox: what waits, what was given up; --retry ID brings one back."""
    return run_command(
        config, lambda settings: commands.deliveries(settings, dead=dead, retry=retry), json=json
    )


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
