"""The doors of a hotel, made from its configuration: what each is to the handlers, and the adapter behind it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.sections import HotelSection
from app.sources import (
    AnySource,
    ExportsSource,
    FiasSource,
    OperaCloudSource,
    OperaDbSource,
    OxiSource,
    Suite8Source,
    door_names,
)
from domain.doors import Declared, Door
from domain.errors import Permanent
from domain.ports import Clock, DoorJournal, LiveSource, PmsSource
from integrations.fidelio.declared import AUTHORITY, DECLARED, OF_DATABASE
from storage import forbid_in_transaction

if TYPE_CHECKING:
    import aiohttp

    from integrations.fidelio.exports.source import Fetch

NOT_BUILT = "door-not-built"
LastTold = Callable[[], Awaitable[datetime | None]]
"""When a door told anything last, by the store; None: never."""
JournalOf = Callable[[str, str], DoorJournal]
"""The journal of a hotel's door, by the hotel's code and the door's name."""


@dataclass(frozen=True, slots=True)
class LiveDoor:
    """A live door with its place: who runs it needs no more."""

    hotel_code: str
    door: Door
    source: LiveSource


def doors_of(hotel: HotelSection) -> tuple[Door, ...]:
    """The hotel's doors as the handlers see them, in the order of the file. Permanent: one can't be used."""
    sources = hotel.doors
    return tuple(
        Door(
            name,
            source.kind,
            source.live,
            AUTHORITY[source.kind],
            source.same_ids,
            _declared(source),
        )
        for name, source in zip(door_names(sources), sources, strict=True)
    )


def _declared(source: AnySource) -> Declared:
    if isinstance(source, FiasSource):
        from integrations.fidelio.fias.source import declared  # noqa: PLC0415 - read where a hotel has it

        return declared(source.options("UTC"))
    if isinstance(source, ExportsSource):
        from integrations.fidelio.exports.source import declared as of_map  # noqa: PLC0415

        return of_map(source.map)
    if isinstance(source, OperaDbSource):
        return OF_DATABASE[source.profile]
    return DECLARED[source.kind]


# --- doors that are read -------------------------------------------------------------------------------------


def polled(
    hotel: HotelSection,
    session: "aiohttp.ClientSession",
    *,
    journal: JournalOf | None = None,
    retry_after_s: Sequence[float] | None = None,
) -> tuple[PmsSource, ...]:
    """A hotel's doors that are read, the most trusted first (its numbers are the hotel's).

    A passing fault is tried again after ``retry_after_s`` (default: as usual). Without a ``journal`` a door that
    needs one can be checked, not read.
    """
    named = [
        (name, source)
        for name, source in zip(door_names(hotel.doors), hotel.doors, strict=True)
        if not source.live
    ]
    named.sort(key=lambda one: (-AUTHORITY[one[1].kind], one[0]))
    return tuple(_polled(hotel, name, source, session, journal, retry_after_s) for name, source in named)


def _polled(
    hotel: HotelSection,
    name: str,
    source: AnySource,
    session: "aiohttp.ClientSession",
    journal: JournalOf | None,
    retry_after_s: Sequence[float] | None,
) -> PmsSource:
    made: PmsSource
    match source:
        case Suite8Source():
            made = _suite8(hotel, source, session, retry_after_s)
        case ExportsSource():
            made = _exports(hotel, source)
        case OperaDbSource():
            made = _oracle(hotel, source)
        case OperaCloudSource():
            made = _ohip(
                hotel, source, session, journal(hotel.code, name) if journal else None, retry_after_s
            )
        case _:
            raise Permanent(NOT_BUILT, f"[[hotels]] {hotel.code}: kind = {source.kind!r}")
    made.name = name
    return made


def _oracle(hotel: HotelSection, source: OperaDbSource) -> PmsSource:
    from integrations.fidelio.oracle.database import oracle  # noqa: PLC0415 - an optional library
    from integrations.fidelio.oracle.source import PROFILES, OracleSource  # noqa: PLC0415

    owner = (source.owner or PROFILES[source.profile][1]).upper()
    driver = oracle(
        source.dsn, source.username, source.password.get_secret_value(), schema=owner, thick=source.thick
    )
    return OracleSource(
        driver,
        profile=source.profile,
        resort=source.resort,
        owner=owner,
        timezone=source.server_timezone or hotel.timezone,
        currency=hotel.currency,
    )


def _ohip(
    hotel: HotelSection,
    source: OperaCloudSource,
    session: "aiohttp.ClientSession",
    journal: DoorJournal | None,
    retry_after_s: Sequence[float] | None,
) -> PmsSource:
    from integrations.fidelio.ohip import client  # noqa: PLC0415 - aiohttp: most commands get along without
    from integrations.fidelio.ohip.source import OhipSource  # noqa: PLC0415

    access = client.Access(
        client_id=source.client_id,
        client_secret=source.client_secret.get_secret_value(),
        app_key=source.app_key.get_secret_value(),
        hotel_id=source.hotel_id,
        scope=source.scope,
        enterprise_id=source.enterprise_id,
        username=source.username,
        password=source.password.get_secret_value(),
    )
    return OhipSource(
        source.url,
        access,
        session=session,
        journal=journal,
        external_system=source.external_system,
        currency=hotel.currency,
        timezone=hotel.timezone,
        retry_after_s=client.RETRY_AFTER_S if retry_after_s is None else retry_after_s,
        guard=forbid_in_transaction,
    )


def _suite8(
    hotel: HotelSection,
    source: Suite8Source,
    session: "aiohttp.ClientSession",
    retry_after_s: Sequence[float] | None,
) -> PmsSource:
    from integrations.fidelio.suite8 import client  # noqa: PLC0415 - aiohttp: most commands get along without
    from integrations.fidelio.suite8.source import Suite8Source as Adapter  # noqa: PLC0415

    return Adapter(
        source.url,
        session=session,
        username=source.username,
        password=source.password.get_secret_value(),
        vendor=source.vendor,
        currency=hotel.currency,
        timezone=hotel.timezone,
        packed=source.packed,
        with_postings=source.postings,
        with_nights=source.nights,
        retry_after_s=client.RETRY_AFTER_S if retry_after_s is None else retry_after_s,
        guard=forbid_in_transaction,
    )


def _exports(hotel: HotelSection, source: ExportsSource) -> PmsSource:
    from integrations.fidelio.exports.source import ExportsSource as Adapter  # noqa: PLC0415

    return Adapter(
        source.path,
        source.map,
        currency=hotel.currency,
        timezone=hotel.timezone,
        keep_days=source.keep_days,
        steady_s=source.steady_seconds,
        fetch=_fetch(source),
    )


def _fetch(source: ExportsSource) -> "Fetch | None":
    """Where the files come from before they are read; None: they come into the folder by themselves."""
    if source.sftp is None:
        return None
    from integrations.fidelio.exports.sftp import Server, SftpFetch  # noqa: PLC0415 - an optional library

    sftp = source.sftp
    return SftpFetch(
        Server(
            sftp.host,
            sftp.username,
            sftp.host_key,
            sftp.port,
            sftp.password.get_secret_value(),
            sftp.key_file,
            sftp.folder,
        )
    )


# --- doors that tell by themselves ---------------------------------------------------------------------------


def live(
    hotel: HotelSection,
    clock: Clock,
    last_told: Callable[[str, str], LastTold],
    journal: JournalOf | None = None,
) -> tuple[LiveDoor, ...]:
    """A hotel's live doors. ``last_told`` gives, for hotel and door, when it told anything last.

    Without a ``journal`` a door that needs one can be checked, not run.
    """
    doors = doors_of(hotel)
    return tuple(
        LiveDoor(hotel.code, door, _live(hotel, door, source, clock, last_told, journal))
        for door, source in zip(doors, hotel.doors, strict=True)
        if source.live
    )


def _live(
    hotel: HotelSection,
    door: Door,
    source: AnySource,
    clock: Clock,
    last_told: Callable[[str, str], LastTold],
    journal: JournalOf | None,
) -> LiveSource:
    match source:
        case FiasSource():
            from integrations.fidelio.fias.source import FiasSource as Adapter  # noqa: PLC0415

            return Adapter(
                source.options(hotel.timezone), clock=clock, last_told=last_told(hotel.code, door.name)
            )
        case OxiSource():
            from integrations.fidelio.oxi.source import OxiSource as Oxi  # noqa: PLC0415

            return Oxi(journal(hotel.code, door.name) if journal else None)
        case _:
            raise Permanent(NOT_BUILT, f"[[hotels]] {hotel.code}: kind = {source.kind!r}")


def takes_oxi(sections: Sequence[HotelSection]) -> bool:
    """Whether a hotel of these has an OXI door."""
    return any(isinstance(source, OxiSource) for section in sections for source in section.doors)


def oxi_addresses(
    sections: Sequence[HotelSection], doors: Sequence[LiveDoor]
) -> dict[str, Callable[[bytes], Awaitable[bytes]]]:
    """Who takes an OXI message, by the secret part of its address."""
    from integrations.fidelio.oxi.source import OxiSource as Oxi  # noqa: PLC0415

    sources = {(one.hotel_code, one.door.name): one.source for one in doors}
    found: dict[str, Callable[[bytes], Awaitable[bytes]]] = {}
    for section in sections:
        for name, source in zip(door_names(section.doors), section.doors, strict=True):
            adapter = sources.get((section.code, name))
            if isinstance(source, OxiSource) and isinstance(adapter, Oxi):
                found[source.key.get_secret_value()] = adapter.receive
    return found
