"""Releases told once to whom they concern: managers by portal and language, requesters by their own request."""

import asyncio
from datetime import date

import pytest

from domain.errors import Refused
from domain.releases import Release
from handlers import releases as use
from handlers.releases import Releases
from storage import releases as rows
from tests.handlers.desk import act, file
from tests.lab import HOTEL_GROUP


def release(version: str, *closes: str) -> Release:
    return Release(
        version, date(2026, 11, 23), {"ru": (f"Новое <b> в {version}",), "en": (f"New in {version}",)}, closes
    )


def of(lab, *versions: Release) -> Releases:
    """A process that runs the first of these versions."""
    return Releases(lab.scopes, lab.requests, versions)


async def knows(lab, version: str) -> None:
    """The portal was told of a version before."""
    async with lab.db.transaction() as tx:
        await rows.note_told(tx, lab.portal.id, version, lab.clock.now)


async def read_by(lab, user_id: str) -> list[str]:
    await lab.settle()
    return [one.text for one in lab.staff(user_id).messages() if "ерси" in one.text or "version" in one.text]


async def test_told_once_by_whichever_replica_and_never_again(each_engine):
    lab = each_engine
    await knows(lab, "0.1.0")
    new, old = release("0.3.0"), release("0.2.0")
    await asyncio.gather(*(of(lab, new, old).tick(lab.portal.id) for _ in range(6)))
    await of(lab, new, old).tick(lab.portal.id)  # after a restart
    (first, second) = await read_by(lab, "4")
    assert "до версии 0.2.0" in first
    assert "до версии 0.3.0" in second
    assert "• Новое &lt;b&gt; в 0.3.0" in second
    await of(lab, old).tick(lab.portal.id)  # a replica that wasn't updated yet
    assert len(await read_by(lab, "4")) == 2


async def test_a_portal_that_came_later_hears_nothing_of_the_past(lab):
    await of(lab, release("0.3.0"), release("0.2.0")).tick(lab.portal.id)
    assert await read_by(lab, "4") == []
    await of(lab, release("0.4.0"), release("0.3.0"), release("0.2.0")).tick(lab.portal.id)
    assert len(await read_by(lab, "4")) == 1


async def test_the_changelog_closes_a_request_and_its_requester_hears(lab):
    await knows(lab, "0.1.0")
    request = await file(lab, await lab.known("5"), settle=True)
    await act(lab, request, "5", "withdraw")  # also one that is closed by now
    one = of(lab, release("0.2.0", request.number, "FB-2026-999999", f"other/{request.number}"))
    await one.tick(lab.portal.id)
    await one.tick(lab.portal.id)
    await of(lab, release("0.2.0", request.number)).tick(lab.portal.id)
    (heard,) = await read_by(lab, "5")
    assert request.number in heard
    assert "0.2.0" in heard
    assert (await lab.history()).count("released") == 1


async def test_a_request_of_another_portal_is_not_mistaken_for_ours(lab):
    await knows(lab, "0.1.0")
    request = await file(lab, await lab.known("5"), settle=True)
    await of(lab, release("0.2.0", f"other/{request.number}")).tick(lab.portal.id)
    assert await read_by(lab, "5") == []


async def test_support_marks_a_request_and_the_requester_hears_when_it_runs(lab):
    await knows(lab, "0.2.0")
    request = await file(lab, await lab.known("5"), settle=True)
    pyotr = lab.staff("2")
    await pyotr.writes(f"/release {request.number} v0.3")
    pyotr.sees("войдёт в версию 0.3.0")
    await of(lab, release("0.2.0")).tick(lab.portal.id)
    assert await read_by(lab, "5") == []
    now = of(lab, release("0.3.0"), release("0.2.0"))
    await asyncio.gather(now.tick(lab.portal.id), of(lab, release("0.3.0")).tick(lab.portal.id))
    (heard,) = await read_by(lab, "5")
    assert request.number in heard
    assert (await lab.history())[-2:] == ["release_marked", "released"]


async def test_in_the_thread_its_number_is_understood(lab):
    request = await file(lab, await lab.known("5"), settle=True)
    await lab.staff("2").writes("/release 1.4.0", to=lab.bitrix.thread(request.number))
    async with lab.db.reading() as tx:
        assert await rows.marked(tx, request.id) == "1.4.0"


async def test_only_support_marks_and_only_versions(lab):
    request = await file(lab, await lab.known("5"), settle=True)
    for user, words, code in (
        ("5", "1.0.0", "not-yours"),
        ("2", "завтра", "release-version"),
        ("2", "", "release-version"),
    ):
        async with lab.scopes.writing(lab.portal.id, await lab.known(user)) as scope:
            with pytest.raises(Refused, match=code):
                await use.mark(lab.requests, scope, request, words)
    await lab.staff("2").writes("/release 1.4.0", to=HOTEL_GROUP)
    async with lab.db.reading() as tx:
        assert await rows.marked(tx, request.id) is None
