"""The records that aren't in the CRM as a message: causes, a page of records, and what can be done about them."""

from dataclasses import dataclass

from domain.chat import Address, Button, Channel, Markup, Reply, rows
from domain.guests import Profile
from domain.item_privacy import mask
from domain.portal import Hotel
from domain.stays import Stay
from domain.sync_causes import cause_of
from handlers.scope import Scope
from handlers.sync import failures
from handlers.sync.cards import file_button
from handlers.sync.freshness import freshness
from handlers.sync.words import cause_words, reason
from storage import snapshots, traces
from storage.run_items import RunItem

PER_PAGE = 5
CAUSES_SHOWN = 5
_CRM = {"stay": "deal"}


@dataclass(frozen=True, slots=True)
class Failure:
    """One record with what people need to know of it."""

    item: RunItem
    cause: str
    name: str
    reason: str
    url: str


async def described(scope: Scope, hotel: Hotel, items: list[RunItem], place: Address | None) -> list[Failure]:
    """Failures with the guest's name (masked in Telegram), the reason in words and the CRM's link."""
    return [await _described(scope, hotel, item, place) for item in items]


async def _described(scope: Scope, hotel: Hotel, item: RunItem, place: Address | None) -> Failure:
    name, entity, crm_id = await _who(scope, hotel, item)
    if place is not None and place.channel is Channel.TELEGRAM:
        name = mask(name)
    crm_id = item.crm_id or crm_id
    url = scope.portal.item_url(entity, crm_id) if crm_id else ""
    words = reason(scope, item.code or "", item.reason or "")
    return Failure(item, cause_of(item.code), name, words, url)


async def _who(scope: Scope, hotel: Hotel, item: RunItem) -> tuple[str, str, int | None]:
    """Whose record it is, as what it stands in the CRM, and under which id."""
    if not item.key:
        return "", "", None
    if item.entity == "profile":
        trace = await traces.profile(scope.tx, hotel.id, item.key)
    else:
        found = await traces.stays_like(scope.tx, hotel.id, item.key, 1)
        trace = found[0] if found else None
    if trace is None:
        known = (await snapshots.load(scope.tx, hotel.id, item.entity, [item.key])).get(item.key)
        if known is None:
            return "", _CRM.get(item.entity, "contact"), None
        return "", known.crm_entity, known.crm_id
    record = trace.record
    if isinstance(record, Stay):
        return record.guest_name, "deal", trace.crm_id or None
    assert isinstance(record, Profile)
    name = " ".join(filter(None, (record.last_name, record.first_name))) or record.company_name
    return name, trace.crm_entity or "contact", trace.crm_id or None


async def page(scope: Scope, hotel: Hotel, number: int, place: Address) -> Reply:
    """One page: a line per cause, five records, «Повторить» for each and for all."""
    causes = await failures.causes(scope, hotel)
    total = sum(causes.values())
    if not total:
        text = scope.text("sync-no-errors", hotel=hotel.name)
        return Reply(f"{text}\n{await freshness(scope, hotel)}")
    number = min(max(number, 0), (total - 1) // PER_PAGE)
    retried = await failures.retried(scope, hotel)
    items = await failures.listed(scope, hotel, limit=PER_PAGE, offset=number * PER_PAGE)
    found = await described(scope, hotel, items, place)
    first = number * PER_PAGE + 1
    lines = [
        scope.text("sync-errors", hotel=hotel.name, total=total, **_span(first, len(found))),
        *[_cause_line(scope, cause, count) for cause, count in list(causes.items())[:CAUSES_SHOWN]],
        "",
        *[_line(scope, first + n, one, retried) for n, one in enumerate(found)],
        "",
        await freshness(scope, hotel),
    ]
    buttons = await _buttons(scope, hotel, found, number, total, list(causes), retried)
    return Reply("\n".join(lines), buttons)


def _span(first: int, count: int) -> dict[str, int]:
    return {"first": first, "last": first + count - 1}


def _cause_line(scope: Scope, cause: str, count: int) -> str:
    words = Markup(cause_words(scope, cause))
    return scope.text("sync-problem-line", reason=words, count=count, cause=cause)


def _line(scope: Scope, number: int, one: Failure, retried: frozenset[int] | None) -> str:
    line = scope.text(
        "sync-error-line",
        number=number,
        entity=scope.text(f"sync-entity-{one.item.entity}"),
        key=one.item.key or "—",
        name=f" {one.name}" if one.name else "",
        reason=Markup(one.reason),
        retried=retried is None or one.item.id in retried,
    )
    return f"{line} · {scope.text('sync-error-link', url=one.url)}" if one.url else line


async def _buttons(
    scope: Scope,
    hotel: Hotel,
    found: list[Failure],
    number: int,
    total: int,
    causes: list[str],
    retried: frozenset[int] | None,
) -> tuple[tuple[Button, ...], ...]:
    first = number * PER_PAGE + 1
    single = [
        Button(
            scope.text("button-retry-one", number=first + n), f"s:retry:{hotel.id}:{one.item.id}:p{number}"
        )
        for n, one in enumerate(found)
        if retried is not None and one.item.id not in retried
    ]
    ways = []
    if number:
        ways.append(Button("◀", f"s:errors:{hotel.id}:{number - 1}"))
    if (number + 1) * PER_PAGE < total:
        ways.append(Button("▶", f"s:errors:{hotel.id}:{number + 1}"))
    retry_all = f"s:retry:{hotel.id}:all:p{number}"
    everything = Button(scope.text("button-retry-all", count=total), retry_all, "primary")
    file = [await _file(scope, hotel, cause, number, named=len(causes) > 1) for cause in causes[:3]]
    laid = [
        *rows(*single, per_row=3),
        tuple(ways),
        (everything,) if retried is not None else (),
        *rows(*file, per_row=1),
    ]
    return tuple(row for row in laid if row)


async def _file(scope: Scope, hotel: Hotel, cause: str, number: int, *, named: bool) -> Button:
    """«Завести обращение», with the cause's code where there are several."""
    button = await file_button(scope, hotel, cause, f":p{number}")
    if button.action.startswith("s:file:") and named:
        label = scope.text("button-file-cause", cause=cause)
        return Button(label, button.action)
    return button
