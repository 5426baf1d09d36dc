"""The app's life in a portal over real HTTP: installed, used, updated, renamed, uninstalled, back again."""

import asyncio
import io
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from app.commands.installing import installed_findings, list_portals
from app.installed import vault_of
from app.service import Service
from app.wiring import build
from domain.chat import Address, Channel, Reply
from handlers.codec import dump
from storage import installations, outbox
from storage.portal_erasure import KEPT
from storage.sealing import SecretKey
from storage.tables import metadata
from tests.app.schemas import faults
from tests.stories.cloud_stage import clouded, hotel_settings


@pytest.fixture
async def stage(tmp_path):
    """Nothing installed yet; the app has pages, and there is no hotel."""
    async with clouded(tmp_path, hotel=False) as opened:
        yield opened


async def posted(stage, path, form):
    """Status and body of a form post to the service, as a stranger could make it."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = io.BytesIO(urlencode(form).encode())
    async with stage.http.post(stage.url(path), data=body, headers=headers) as answer:
        return answer.status, await answer.text()


async def pair_of(stage, name):
    row = await stage.row(name)
    async with stage.service.house.db.reading() as tx:
        return await vault_of(stage.settings).tokens(tx, row.portal_id)


async def bound(stage, name):
    """What stands in the portal: (event, handler) and (placement, handler)."""
    told = await stage.look(f"portals/{name}")
    events = sorted((one["event"], one["handler"]) for one in told["handlers"])
    return events, sorted((one["placement"], one["handler"]) for one in told["placements"])


def client_of(stage, portal_id):
    return stage.service.house.portals[portal_id].parties.bitrix


async def test_installed_with_a_page_synced_updated_and_renamed(tmp_path):
    async with clouded(tmp_path) as stage:
        await _through_its_life(stage)


async def _through_its_life(stage):
    grand = await stage.portal("grand")
    told = await stage.install("grand")
    assert "BX24.installFinish()" in told["body"]
    assert "frame-ancestors" in told["headers"]["Content-Security-Policy"]
    assert "X-Frame-Options" not in told["headers"]
    events, places = await bound(stage, "grand")
    assert {event for event, _ in events} >= {"ONAPPUPDATE", "ONAPPUNINSTALL", "ONTASKUPDATE"}
    assert {handler for _, handler in events} == {stage.url("/bitrix24/events")}
    assert places == [
        (tab, stage.url("/bitrix24/app")) for tab in ("CRM_CONTACT_DETAIL_TAB", "CRM_DEAL_DETAIL_TAB")
    ]

    # the first sync of a hotel that stands in the database
    await stage.configure("grand", hotel_settings(stage.base))
    marina = grand.person(4)
    await marina.writes("/sync")
    await marina.sees("данные обновлены")

    # told twice and late: nothing is made twice
    await stage.control("portals/grand/install")
    await stage.control("portals/grand/send_install_event")
    await stage.stands("grand")
    assert await bound(stage, "grand") == (events, places)
    assert len(await stage.service.house.app.installs.listed()) == 1

    # an update wipes what stood there and brings another application token
    before = (await stage.look("portals/grand"))["installations"][0]["application_token"]
    await stage.control("portals/grand/update", {"version": 2})
    await stage.control("settle")
    await grand.until(lambda: _is(bound(stage, "grand"), (events, places)), "everything bound again")
    row = await stage.row("grand")
    assert row.version == "2"
    goodbye = {"event": "ONAPPUNINSTALL", "data[CLEAN]": "1", "auth[member_id]": row.member_id}
    status, _ = await posted(stage, "/bitrix24/events", {**goodbye, "auth[application_token]": before})
    assert status == 403

    # a rename: believed only from the authorisation server, kept by member_id
    await stage.control("portals/grand/rename", {"to": "palace"})
    palace = stage.at("palace")
    await palace.until(lambda: _moved(stage, row.portal_id, "/p/palace"), "the portal's new address")
    await palace.person(6).writes("/help")
    await palace.person(6).sees("/new")
    assert (await stage.row("palace")).domain.endswith("/p/palace")
    assert len(await stage.service.house.app.installs.listed()) == 1


async def test_the_portal_that_the_file_names_is_the_files(tmp_path):
    async with clouded(
        tmp_path, bitrix24='domain = "{host}/p/grand"\nmanagers = [4]\n', hotel=False
    ) as stage:
        await stage.portal("other")
        await stage.install("other")
        grand = await stage.portal("grand")
        await stage.install("grand")
        row, portals = await stage.row("grand"), stage.service.house.portals
        assert (row.key, portals.main_id) == ("main", row.portal_id)
        assert [one.key for one in await stage.service.house.app.installs.listed()] == ["main", "other"]
        assert portals[row.portal_id].settings.bitrix24.managers == [4]
        assert portals[(await stage.row("other")).portal_id].settings.bitrix24.managers == []
        await _answers(grand)


async def test_the_terminal_tells_of_installed_portals(stage):
    await stage.portal("grand", license="ru_ent250")
    await stage.install("grand")
    await stage.portal("other")
    await stage.control("portals/other/install")  # and nobody presses on
    await stage.stands("other")
    listed = (await list_portals(stage.settings)).data
    assert faults("portals", listed) == []
    grand, other = listed["portals"]
    assert (grand["portal"], grand["way"], grand["state"]) == ("grand", "app", "active")
    assert (grand["plan"], grand["licence"], other["portal"]) == ("ru_ent250", "none", "other")
    async with aiohttp.ClientSession() as session:
        found = [one async for one in installed_findings(stage.settings, session)]
        assert [(one.part, one.ok) for one in found] == [
            ("app", True), ("portal grand", True), ("portal other", False)
        ]  # fmt: skip
        assert "Готово" in found[2].remedy
        await stage.control("portals/grand/state", {"payment_required": True})
        found = [one async for one in installed_findings(stage.settings, session)]
        assert not found[1].ok
        assert "подписка" in found[1].detail


async def _is(found, wanted):
    return await found == wanted


async def _moved(stage, portal_id, end):
    return stage.service.house.portals.portal(portal_id).url.endswith(end)


async def test_an_expired_token_is_refreshed_once_for_all_who_call(stage):
    await stage.portal("grand")
    await stage.install("grand")
    row, before = await stage.row("grand"), await pair_of(stage, "grand")
    await stage.service.end(row.portal_id)  # its own polls would be among the callers
    client = client_of(stage, row.portal_id)
    await stage.control("portals/grand/expire")
    answers = await asyncio.gather(*(client.call("user.current") for _ in range(12)))
    assert {answer["ID"] for answer in answers} == {"1"}
    after = await pair_of(stage, "grand")
    assert after.pair == before.pair + 1
    assert after.refresh_token != before.refresh_token
    assert after.former is None  # the new pair has been seen to work


async def test_installed_without_a_page_answers_a_server(tmp_path):
    async with clouded(tmp_path, kind="no-ui", hotel=False) as stage:
        await stage.portal("grand", license="ru_ent250")
        told = await stage.control("portals/grand/install")
        assert (told["status"], told["body"]) == (200, '{"status": "success"}')
        row = await stage.stands("grand")
        assert (row.licence_family, row.status) == ("ent", "L")
        await stage.at("grand").until(lambda: _budget(stage, row.portal_id, 250), "the plan's budget")
        assert (await stage.control("portals/grand/install"))["status"] == 200
        assert (await stage.stands("grand")).portal_id == row.portal_id


async def _budget(stage, portal_id, capacity):
    return client_of(stage, portal_id).limiter.bucket.capacity == capacity


@asynccontextmanager
async def strangers_server():
    """An authorisation server of somebody else's, which remembers who called."""
    called = []

    async def take(request):
        called.append(request.path)
        return web.json_response({"access_token": "a", "refresh_token": "r", "member_id": "m"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/rest/")), called
    await server.close()


async def test_forged_installations_and_events_are_refused(stage):
    await stage.portal("grand")
    await stage.portal("other")
    await stage.install("grand")
    mine = await stage.row("grand")
    stranger = (await stage.look("portals/other"))["member_id"]
    own = await stage.control("portals/grand/tokens")
    claim = {
        "REFRESH_ID": own["refresh_token"],
        "SERVER_ENDPOINT": f"{stage.base}rest/",
        "APPLICATION_TOKEN": "made-up",
        "member_id": mine.member_id,
    }
    async with strangers_server() as (elsewhere, called):
        for forged in (
            {**claim, "REFRESH_ID": "made-up"},
            {**claim, "member_id": stranger},  # somebody else's portal with our own token
            {**claim, "SERVER_ENDPOINT": elsewhere},
            {**claim, "REFRESH_ID": ""},
            {},
        ):
            status, page = await posted(stage, "/bitrix24/install", forged)
            assert status == 403, forged
            assert "BX24" not in page
        assert called == []
    status, _ = await posted(stage, "/bitrix24/install", {**claim, "more": "x" * 70_000})
    assert status == 413
    status, _ = await posted(stage, "/bitrix24/events", {"event": "ONAPPTEST", "more": "x" * (1 << 20)})
    assert status == 413
    for member in (mine.member_id, stranger, "", "../1"):
        for event in ("ONAPPUNINSTALL", "ONAPPUPDATE", "ONAPPINSTALL", "ONTASKUPDATE", "ONIMBOTV2MESSAGEADD"):
            form = {"event": event, "auth[member_id]": member, "auth[application_token]": "made-up"}
            status, _ = await posted(stage, "/bitrix24/events", form)
            assert status == 403, (event, member)
    assert (await stage.row("grand")).state == "active"
    assert [one.key for one in await stage.service.house.app.installs.listed()] == ["grand"]


async def _answers(portal):
    """The bot talks."""
    await portal.person(4).writes("/help")
    await portal.person(4).sees("/new")


async def waiting(stage, portal_id):
    async with stage.service.house.db.reading() as tx:
        return [one.state for one in await outbox.listed(tx, portal_id)]


@pytest.mark.postgres
async def test_one_process_takes_the_page_and_another_may_serve_the_portal(tmp_path, postgres_url):
    key = SecretKey.make("story").line
    keys = f'secret_keys = ["{key}"]\n'
    async with clouded(tmp_path, database=postgres_url, service=keys, hotel=False) as stage:
        other = stage.settings.model_copy(deep=True)
        other.service.port = 0
        second = Service(await build(other))
        await second.start()
        stage.services.append(second)
        for name in ("grand", "other"):
            await stage.portal(name)
        await asyncio.gather(stage.install("grand"), stage.install("other"))
        grand, both = stage.at("grand"), {(await stage.row(name)).portal_id for name in ("grand", "other")}
        await grand.until(lambda: _shared(stage, both), "each process serves one portal")
        await _answers(grand)
        await _answers(stage.at("other"))
        await stage.control("portals/grand/uninstall?clean=0")
        await stage.control("settle")
        left = {(await stage.row("other")).portal_id}
        await grand.until(lambda: _served(stage, left), "nobody serves a portal that is gone")
        await stage.install("grand")
        await grand.until(lambda: _served(stage, both), "somebody serves it again")


async def _shared(stage, portal_ids):
    return all(len(one.tenants) == 1 for one in stage.services) and await _served(stage, portal_ids)


async def _served(stage, portal_ids):
    return {portal_id for one in stage.services for portal_id in one.tenants} == portal_ids


async def test_uninstalled_with_its_data_kept_and_installed_again(stage):
    await stage.portal("grand")
    await stage.install("grand")
    house, row = stage.service.house, await stage.row("grand")
    later = house.scopes.clock() + timedelta(hours=1)
    payload = {"address": dump(Address(Channel.BITRIX24, "4")), "reply": dump(Reply("Дождалось"))}
    async with house.db.transaction() as tx:
        await outbox.add(
            tx,
            portal_id=row.portal_id,
            destination="bitrix24:4",
            kind="message.post",
            payload=payload | {"copy_of": None, "answers": None},
            lane=0,
            now=house.scopes.clock(),
            not_before=later,
        )
    await stage.control("portals/grand/uninstall?clean=0")
    await stage.control("settle")
    gone = await stage.row("grand")
    assert (gone.state, gone.erased_at) == ("uninstalled", None)
    assert row.portal_id not in house.portals.ids()
    assert row.portal_id not in stage.service.tenants
    assert await waiting(stage, row.portal_id) == ["parked"]
    async with house.db.reading() as tx:
        told = (await tx.execute(select(metadata.tables["installations"]))).one()
    assert (told.access_token, told.refresh_token, told.application_token) == (None, None, None)
    said = {"event": "ONAPPUNINSTALL", "auth[member_id]": row.member_id, "auth[application_token]": "any"}
    assert (await posted(stage, "/bitrix24/events", said))[0] == 200  # told twice

    await stage.install("grand")
    again = await stage.row("grand")
    assert (again.portal_id, again.state) == (row.portal_id, "active")
    await stage.at("grand").person(4).sees("Дождалось")
    await _answers(stage.at("grand"))


async def test_uninstalled_with_its_data_leaves_the_fact_and_its_neighbour(stage):
    for name in ("grand", "other"):
        await stage.portal(name)
        await stage.install(name)
        await stage.configure(name, hotel_settings(stage.base))
    grand, other = stage.at("grand"), stage.at("other")
    await asyncio.gather(_answers(grand), _answers(other))
    house, row, kept = stage.service.house, await stage.row("grand"), await stage.row("other")
    await house.app.upkeep._files.put(f"{row.portal_id}/1", b"a picture", "1.png", "image/png")
    await house.app.upkeep._files.put(f"{kept.portal_id}/1", b"a picture", "1.png", "image/png")
    house.app.upkeep._grace *= 0
    await grand.until(lambda: _rows(house, row.portal_id), "something to erase")
    await stage.control("portals/grand/uninstall?clean=1")
    await stage.control("settle")

    async def erased():
        found = await stage.row("grand")
        return found if found.erased_at else None

    fact = await grand.until(erased, "the portal is erased")
    assert (fact.state, fact.member_id, fact.user_id) == ("uninstalled", row.member_id, "")
    assert await _rows(house, row.portal_id) == {}
    assert await house.app.upkeep._files.size(f"{row.portal_id}/1") is None
    assert await house.app.upkeep._files.size(f"{kept.portal_id}/1") == 9
    assert await _rows(house, kept.portal_id)

    await stage.install("grand")
    again = await stage.row("grand")
    assert (again.portal_id, again.erased_at) == (row.portal_id, None)
    await _answers(stage.at("grand"))


async def _rows(house, portal_id):
    """How many rows of a portal lie in each table."""
    found = {}
    async with house.db.reading() as tx:
        for table in metadata.sorted_tables:
            if "portal_id" in table.c and table.name not in KEPT:
                rows = (
                    await tx.execute(select(table.c.portal_id).where(table.c.portal_id == portal_id))
                ).all()
                found |= {table.name: len(rows)} if rows else {}
    return found


async def test_events_are_pushed_and_tasks_call(tmp_path):
    async with clouded(tmp_path, bitrix24='event_mode = "webhook"', hotel=False) as stage:
        grand = await stage.portal("grand")
        await stage.install("grand")
        await stage.configure("grand", {"bitrix24": {"support_users": [2, 3], "managers": [4]}})
        touched = []
        stage.service.house.wakes.on("portal-tasks", touched.append)
        await _answers(grand)
        async with stage.service.house.db.reading() as tx:
            row = await installations.member(tx, (await stage.row("grand")).member_id)
        client = client_of(stage, row.portal_id)
        task = await client.call("tasks.task.add", {"fields": {"TITLE": "Лампа", "RESPONSIBLE_ID": 2}})
        await client.call("tasks.task.update", {"taskId": task["task"]["id"], "fields": {"TITLE": "Лампы"}})
        await stage.control("settle")
        assert row.portal_id in touched
