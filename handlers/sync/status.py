"""How the sync of a hotel stands: what runs, what waits, what failed, what of the portal's limits is in use."""

from collections.abc import Mapping
from datetime import timedelta

from domain.chat import Button, Markup, Reply, rows
from domain.portal import Hotel
from domain.ports import Budget
from domain.sync_causes import cause_of
from handlers.scope import Scope
from handlers.sync import budget, failures, history, standing
from handlers.sync.cards import SyncCards, file_button, limits_line, pending
from handlers.sync.freshness import freshness
from handlers.sync.words import cause_words
from storage import identity_cases, requests, runs, sync_incidents, sync_states

RUNS_SHOWN = 3
CAUSES_SHOWN = 3


async def status(scope: Scope, cards: SyncCards, hotel: Hotel, used: Budget) -> Reply:
    """The card of ``/sync status``."""
    causes = await failures.causes(scope, hotel)
    waiting = await pending(scope, hotel)
    newest = await runs.last(scope.tx, hotel.id, RUNS_SHOWN)
    lines = [
        scope.text("sync-status", hotel=hotel.name, fresh=Markup(await freshness(scope, hotel))),
        await _schedule(scope, hotel),
        *[_running(scope, cards, hotel, order.progress or {}) for order in waiting[:1]],
        limits_line(scope, budget.as_json(used)),
        *_problems(scope, causes, await identity_cases.count_open(scope.tx, scope.portal.id, hotel.id)),
        *[
            await _incident(scope, one.request_id)
            for one in await sync_incidents.open_ones(scope.tx, hotel.id)
        ],
        "",
        scope.text("sync-last-runs"),
        *(await history.told(scope, hotel, newest) or [scope.text("sync-never")]),
    ]
    paused = await standing.is_paused(scope, hotel)
    return Reply(
        "\n".join(line for line in lines if line is not None),
        _buttons(scope, hotel, causes, paused=paused, busy=bool(waiting)),
    )


async def _schedule(scope: Scope, hotel: Hotel) -> str:
    """Paused since when and why, or when the clock orders next."""
    state = await sync_states.load(scope.tx, hotel.id)
    if state.paused_at is not None:
        at = f"{state.paused_at.astimezone(hotel.zone):%d.%m %H:%M}"
        if state.last_error == standing.BY_HAND:
            return scope.text("sync-is-held", at=at)
        words = Markup(cause_words(scope, cause_of(state.last_error)))
        return scope.text("sync-is-paused", at=at, count=state.failures, reason=words)
    every = scope.text("sync-every", minutes=hotel.every_minutes)
    newest = await runs.last(scope.tx, hotel.id, 1)
    if not newest:
        return every
    due = max(newest[0].started_at + timedelta(minutes=hotel.every_minutes), scope.now)
    return f"{every}, {scope.text('sync-next', at=f'{due.astimezone(hotel.zone):%H:%M}')}"


def _running(scope: Scope, cards: SyncCards, hotel: Hotel, progress: Mapping[str, object]) -> str:
    phase = progress.get("phase")
    if not phase:
        return scope.text("sync-waits")
    done, total = progress.get("done", 0), progress.get("total", 0)
    line = scope.text("sync-runs", phase=scope.text(f"sync-phase-{phase}"), done=done, total=total)
    ends = cards.ends(scope, hotel, progress)
    return f"{line} · {ends}" if ends else line


def _problems(scope: Scope, causes: Mapping[str, int], asked: int) -> list[str]:
    """What isn't in the CRM: guests of whom a manager was asked something, and what failed."""
    held = [scope.text("sync-asked", count=asked)] if asked else []
    if not causes:
        return held or [scope.text("sync-all-written")]
    worst = list(causes.items())[:CAUSES_SHOWN]
    return [
        *held,
        scope.text("sync-unwritten", count=sum(causes.values())),
        *[
            scope.text(
                "sync-problem-line", reason=Markup(cause_words(scope, cause)), count=count, cause=cause
            )
            for cause, count in worst
        ],
    ]


async def _incident(scope: Scope, request_id: int) -> str | None:
    request = await requests.load(scope.tx, scope.portal.served_at, request_id)
    return scope.text("sync-incident-open", number=request.number) if request and request.is_open else None


def _buttons(
    scope: Scope, hotel: Hotel, causes: Mapping[str, int], *, paused: bool, busy: bool
) -> tuple[tuple[Button, ...], ...]:
    buttons = []
    if paused:
        buttons.append(Button(scope.text("button-resume-sync"), f"s:resume:{hotel.id}", "primary"))
    if not busy:
        style = "plain" if paused else "primary"
        buttons.append(Button(scope.text("button-sync-now"), f"s:sync:{hotel.id}:s", style))
        buttons.append(Button(scope.text("button-dry"), f"s:dry:{hotel.id}:s"))
    errors = scope.text("button-sync-errors-of", count=sum(causes.values()))
    buttons.append(Button(errors if causes else scope.text("button-sync-errors"), f"s:errors:{hotel.id}"))
    buttons.append(Button(scope.text("button-sync-history"), f"s:history:{hotel.id}"))
    return rows(*buttons)


async def paused_card(scope: Scope, hotel: Hotel) -> Reply:
    """What managers read when the schedule has stopped, with the ways on that are still open."""
    state = await sync_states.load(scope.tx, hotel.id)
    words = Markup(cause_words(scope, cause_of(state.last_error)))
    text = scope.text("sync-paused", hotel=hotel.name, count=state.failures, reason=words)
    buttons = []
    if state.paused_at is not None:
        buttons.append(Button(scope.text("button-resume-sync"), f"s:resume:{hotel.id}", "primary"))
    if not await pending(scope, hotel):
        buttons.append(Button(scope.text("button-sync-now"), f"s:sync:{hotel.id}:z"))
    if state.last_error:
        buttons.append(await file_button(scope, hotel, cause_of(state.last_error), ":z"))
    return Reply(text, rows(*buttons))
