"""A person writes, and whoever watches can follow it: figures, the status page, one id from the event to its reply."""

import re

from sqlalchemy import select

from domain.errors import Temporary
from storage.tables import inbox, outbox


async def test_a_question_and_its_answer_are_seen_from_outside(stage):
    olga = stage.person(5)
    await olga.writes("/help")
    await olga.sees("/new")
    service = f"http://127.0.0.1:{stage.service.port}"

    async with stage.house.db.reading() as tx:
        event = (await tx.execute(select(inbox).order_by(inbox.c.id.desc()).limit(1))).one()
        replies = (await tx.execute(select(outbox).where(outbox.c.cause == f"e{event.id}"))).all()
    assert replies
    assert {row.caused_at for row in replies} == {event.received_at}

    async def measured():
        async with stage.http.get(f"{service}/metrics") as answer:
            told = await answer.text()
        return told if re.search(r"^concierge_reply_seconds_count [1-9]", told, re.MULTILINE) else None

    told = await stage.until(measured, "the reply among the figures")
    for line in (
        r'concierge_events_accepted_total{channel="bitrix24"} [1-9]',
        r'concierge_portal_call_seconds_count{family="imbot",result="200"} [1-9]',
        r"concierge_portals_owned 1\.0",
        r"concierge_portals_up 1\.0",
        r"concierge_loops_ended 0\.0",
        r'concierge_loop_busy_seconds_total{loop="inbox"} ',
        r'concierge_inbox_events{state="dead"} 0\.0',
        r'concierge_hotels{sync="never"} 1\.0',
    ):
        assert re.search(f"^{line}", told, re.MULTILINE), line

    async with stage.http.get(f"{service}/readyz") as answer:
        ready = await answer.json()
    assert ready["ready"], ready
    wanted = {"database", "loops", "ownership", "notify", "bitrix24", "deliveries", "files", "licences"}
    assert set(ready["parts"]) >= wanted
    async with stage.http.get(f"{service}/status?lang=ru") as answer:
        page = await answer.text()
        assert answer.headers["X-Request-ID"]
    assert "Всё работает" in page
    assert "SQLite" in page


class NoStore:
    """A file store nobody answers for."""

    async def size(self, key):
        raise Temporary("files-unavailable", "no route")


async def test_a_broken_part_is_named_and_the_others_answer(stage):
    stage.service.readiness._files = NoStore()
    async with stage.http.get(f"http://127.0.0.1:{stage.service.port}/readyz") as answer:
        told = await answer.json()
        assert answer.status == 503
    assert told["broken"] == ["files"]
    assert told["parts"]["files"] == {"ok": False, "detail": "files-unavailable"}
    async with stage.http.get(f"http://127.0.0.1:{stage.service.port}/status?lang=en") as answer:
        assert "Something is broken" in await answer.text()
