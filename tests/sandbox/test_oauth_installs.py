"""Installing, opening, updating, moving and deleting an application, as browsers and the cloud post it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sandbox.cloud_lab import SCOPES, Lab, lab


@pytest.fixture
async def cloud() -> AsyncIterator[Lab]:
    async with lab() as running:
        yield running


async def test_an_application_with_a_page_is_installed_by_its_page(cloud: Lab):
    app = await cloud.register(event_url=cloud.app.url("/events"))
    await cloud.control("portals", {"name": "grand"})
    sent = await cloud.control("portals/grand/install")
    assert (sent["status"], "страница" in sent["body"]) == (200, True)
    (post,) = cloud.app.posts
    assert (post.path, post.type) == ("/install", "application/x-www-form-urlencoded")
    assert set(post.query) == {"DOMAIN", "PROTOCOL", "LANG", "APP_SID"}
    assert post.query["DOMAIN"].endswith("/p/grand")
    assert set(post.pairs) == {
        "AUTH_ID", "AUTH_EXPIRES", "REFRESH_ID", "SERVER_ENDPOINT", "APPLICATION_TOKEN", "APPLICATION_SCOPE",
        "member_id", "status", "PLACEMENT",
    }  # fmt: skip
    assert (post.pairs["PLACEMENT"], post.pairs["status"]) == ("DEFAULT", "L")
    token = post.pairs["AUTH_ID"]
    assert (await cloud.rest("app.info", token)).result["INSTALLED"] is False
    # the installer binds what it needs, but nothing is told before the end
    bound = {"event": "ONCRMCONTACTADD", "handler": cloud.app.url("/events")}
    assert (await cloud.rest("event.bind", token, bound)).result is True
    await cloud.rest("crm.item.add", token, {"entityTypeId": 3, "fields": {"name": "Анна"}})
    await cloud.control("portals/grand/open", {"user": 5}, status=409)
    assert (await cloud.control("portals/grand/open"))["url"].startswith(cloud.app.url("/install"))
    await cloud.settle()
    assert not cloud.app.events("ONCRMCONTACTADD")
    assert (await cloud.control("portals/grand/install_finish"))["finished"] is True
    assert (await cloud.control("portals/grand/install_finish"))["finished"] is False
    await cloud.settle()
    (event,) = cloud.app.events("ONAPPINSTALL")
    auth = event.form["auth"]
    assert event.form["data"] == {"VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "ru"}
    assert auth["application_token"] == post.pairs["APPLICATION_TOKEN"]
    assert auth["scope"].split() == SCOPES
    assert (await cloud.refresh(app, auth["refresh_token"])).status == 200
    assert (await cloud.rest("app.info", token)).result["INSTALLED"] is True


async def test_an_application_without_a_page_is_installed_by_one_post(cloud: Lab):
    app = await cloud.register(kind="no-ui")
    await cloud.control("portals", {"name": "grand"})
    await cloud.control("portals/grand/install")
    (post,) = cloud.app.posts
    auth = post.form["auth"]
    assert (post.path, post.form["event"]) == ("/install", "ONAPPINSTALL")
    assert (await cloud.rest("app.info", auth["access_token"])).result["INSTALLED"] is True
    assert (await cloud.refresh(app, auth["refresh_token"])).body["member_id"] == auth["member_id"]
    assert (await cloud.control("portals/grand/install_finish"))["finished"] is False


async def test_only_administrators_install(cloud: Lab):
    await cloud.register()
    await cloud.control("portals", {"name": "grand"})
    await cloud.control("portals/grand/install", {"user": 5}, status=403)
    assert cloud.app.posts == []


async def test_pages_open_for_every_user_with_his_own_token(cloud: Lab):
    app = await cloud.installed()
    tab = {"PLACEMENT": "CRM_CONTACT_DETAIL_TAB", "HANDLER": cloud.app.url("/tab?x=1"), "TITLE": "Гость"}
    assert (await cloud.rest("placement.bind", app["access_token"], tab)).result is True
    await cloud.control("portals/grand/open", {"user": 5})
    await cloud.control(
        "portals/grand/open", {"user": 6, "placement": "CRM_CONTACT_DETAIL_TAB", "options": {"ID": "12"}}
    )
    page, card = cloud.app.posts
    assert (page.path, page.pairs["PLACEMENT"]) == ("/app", "DEFAULT")
    assert (card.path, card.query["x"], card.pairs["PLACEMENT"]) == ("/tab", "1", "CRM_CONTACT_DETAIL_TAB")
    assert json.loads(card.pairs["PLACEMENT_OPTIONS"]) == {"ID": "12"}
    assert page.query["APP_SID"] != card.query["APP_SID"]
    who = [(await cloud.rest("user.current", post.pairs["AUTH_ID"])).result["ID"] for post in (page, card)]
    assert who == ["5", "6"]
    assert (await cloud.rest("user.admin", page.pairs["AUTH_ID"])).result is False
    await cloud.control("portals/grand/open", {"placement": "CRM_DEAL_DETAIL_TAB"}, status=404)


async def test_an_update_wipes_what_was_bound_and_changes_the_application_token(cloud: Lab):
    app = await cloud.installed(event_url=cloud.app.url("/events"))
    token = app["access_token"]
    await cloud.rest("event.bind", token, {"event": "ONTASKADD", "handler": cloud.app.url("/events")})
    await cloud.rest("placement.bind", token, {"PLACEMENT": "LEFT_MENU", "HANDLER": cloud.app.url("/menu")})
    fresh = await cloud.control("portals/grand/update", {"version": 7})
    await cloud.settle()
    (event,) = cloud.app.events("ONAPPUPDATE")
    assert event.form["data"] == {"VERSION": "7", "PREVIOUS_VERSION": "1", "LANGUAGE_ID": "ru"}
    assert event.form["auth"]["application_token"] == fresh["application_token"] != app["application_token"]
    assert event.form["auth"]["refresh_token"]
    assert (await cloud.rest("event.get", token)).result == []
    assert (await cloud.rest("placement.get", token)).result == []
    assert (await cloud.rest("app.info", token)).result["VERSION"] == 7


async def test_an_update_that_opens_the_installer_tells_at_its_end(cloud: Lab):
    await cloud.installed(event_url=cloud.app.url("/events"))
    await cloud.control("portals/grand/update", {"installer": True})
    await cloud.settle()
    assert [post.path for post in cloud.app.posts] == ["/install"]
    await cloud.control("portals/grand/install_finish")
    await cloud.settle()
    assert [post.path for post in cloud.app.events("ONAPPUPDATE")] == ["/events"]


@pytest.mark.parametrize("clean", [0, 1])
async def test_a_deleted_application_has_only_its_own_token_for_proof(cloud: Lab, clean: int):
    app = await cloud.installed(event_url=cloud.app.url("/events"))
    token = app["access_token"]
    await cloud.rest("app.option.set", token, {"options": {"a": "1"}})
    await cloud.rest("imbot.v2.Bot.register", token, {"fields": {"code": "c", "properties": {"name": "К"}}})
    await cloud.control(f"portals/grand/uninstall?clean={clean}")
    await cloud.settle()
    (event,) = cloud.app.events("ONAPPUNINSTALL")
    assert event.form["data"] == {"LANGUAGE_ID": "ru", "CLEAN": str(clean)}
    auth = event.form["auth"]
    assert set(auth) == {"domain", "server_endpoint", "client_endpoint", "member_id", "application_token"}
    assert auth["application_token"] == app["application_token"]
    assert (await cloud.rest("profile", token)).error == (401, "ERROR_OAUTH")
    # installed again, old tokens stay dead and the options are as CLEAN says
    await cloud.control("portals/grand/install")
    assert (await cloud.rest("profile", token)).error == (401, "ERROR_OAUTH")
    again = await cloud.control("portals/grand/tokens")
    options = (await cloud.rest("app.option.get", again["access_token"])).result
    assert options == ({} if clean else {"a": "1"})
    assert (await cloud.rest("imbot.v2.Bot.list", again["access_token"])).result["bots"] == []


async def test_the_install_event_may_come_late_and_twice(cloud: Lab):
    await cloud.register(event_url=cloud.app.url("/events"))
    await cloud.control("portals", {"name": "grand"})
    await cloud.control("portals/grand/install")
    await cloud.control("portals/grand/install_finish", {"event": False})
    await cloud.settle()
    assert not cloud.app.events("ONAPPINSTALL")
    for _ in range(2):
        await cloud.control("portals/grand/send_install_event")
    await cloud.settle()
    assert len(cloud.app.events("ONAPPINSTALL")) == 2


async def test_a_renamed_portal_redirects_and_stays_itself(cloud: Lab):
    app = await cloud.installed()
    await cloud.control("portals/grand/rename", {"to": "palace"})
    async with cloud.client.post(
        "/p/grand/rest/profile?x=1", json={"auth": app["access_token"]}, allow_redirects=False
    ) as answer:
        assert answer.status == 302
        assert answer.headers["Location"] == str(cloud.client.make_url("/p/palace/rest/profile?x=1"))
    assert (await cloud.rest("profile", app["access_token"], portal="palace")).result["ID"] == "1"
    fresh = (await cloud.refresh(app, app["refresh_token"])).body
    assert (fresh["member_id"], fresh["client_endpoint"].endswith("/p/palace/rest/")) == (
        app["member_id"],
        True,
    )


async def test_portals_know_nothing_of_each_other(cloud: Lab):
    app = await cloud.installed()
    made = (await cloud.control("portals", {"count": 3, "prefix": "inn", "users": 9}))["portals"]
    assert len({portal["member_id"] for portal in made}) == 3
    assert (await cloud.rest("profile", app["access_token"], portal="inn-1")).error == (401, "NO_AUTH_FOUND")
    await cloud.control("portals/inn-1/install")
    other = await cloud.control("portals/inn-1/tokens")
    added = await cloud.rest("crm.item.add", other["access_token"], _contact(), portal="inn-1")
    assert added.status == 200
    assert (await cloud.rest("crm.item.list", app["access_token"], {"entityTypeId": 3})).body["total"] == 0
    assert (await cloud.rest("user.get", other["access_token"], portal="inn-1")).body["total"] == 9
    assert other["application_token"] != app["application_token"]


def _contact() -> dict:
    return {"entityTypeId": 3, "fields": {"name": "Анна"}}


async def test_each_portal_has_a_bucket_of_its_own(cloud: Lab):
    app = await cloud.register()
    for name in ("one", "two"):
        await cloud.control("portals", {"name": name, "bucket_capacity": 3})
        await cloud.control(f"portals/{name}/install")
    pairs = {name: await cloud.control(f"portals/{name}/tokens") for name in ("one", "two")}
    statuses = [
        (await cloud.rest("profile", pairs["one"]["access_token"], portal="one")).status for _ in range(4)
    ]
    assert statuses == [200, 200, 200, 503]
    assert (await cloud.rest("profile", pairs["two"]["access_token"], portal="two")).status == 200
    assert app["client_id"].startswith("local.")


async def test_a_deleted_or_unpaid_portal_says_so(cloud: Lab):
    app = await cloud.installed()
    await cloud.control("portals/grand/state", {"payment_required": True})
    assert (await cloud.rest("profile", app["access_token"])).error == (402, "PAYMENT_REQUIRED")
    await cloud.control("portals/grand/state", {"payment_required": False, "deleted": True})
    assert (await cloud.rest("profile", app["access_token"])).error == (500, "PORTAL_DELETED")


async def test_a_dead_handler_is_noted_and_not_tried_again(cloud: Lab):
    app = await cloud.installed()
    await cloud.rest(
        "event.bind", app["access_token"], {"event": "ONAPPTEST", "handler": "http://127.0.0.1:9/secret?k=v"}
    )
    assert (await cloud.rest("event.test", app["access_token"], {"any": "data"})).result == 1
    await cloud.settle()
    last = (await cloud.look("portals/grand/deliveries"))["deliveries"][-1]
    assert (last["event"], last["status"], last["url"]) == ("ONAPPTEST", 0, "http://127.0.0.1:9/secret?…")


async def test_a_cloud_lasts_with_its_folder(tmp_path: Path):
    async with lab(folder=tmp_path) as first:
        app = await first.installed()
        await first.rest("app.option.set", app["access_token"], {"options": {"a": "1"}})
    async with lab(folder=tmp_path) as second:
        assert (await second.rest("app.option.get", app["access_token"], {"option": "a"})).result == "1"
        assert (await second.refresh(app, app["refresh_token"])).status == 200


async def test_the_page_of_a_frame_and_its_library(cloud: Lab):
    app = await cloud.installed()
    async with cloud.client.get("/_sandbox/portals/grand/frame?user=5") as answer:
        page = await answer.text()
    assert f'action="{cloud.app.url("/app")}' in page
    sid = page.partition('data-sid="')[2].partition('"')[0]
    data = await cloud.look(f"frames/{sid}")
    assert (data["IS_ADMIN"], data["MEMBER_ID"], data["INSTALL"]) == (False, app["member_id"], False)
    fresh = await cloud.control(f"frames/{sid}/refresh")
    assert (await cloud.rest("profile", fresh["AUTH_ID"])).result["ID"] == "5"
    async with cloud.client.get("/api/v1/") as answer:
        assert answer.content_type == "text/javascript"
    async with cloud.client.get("/") as answer:
        assert "grand" in await answer.text()
    async with cloud.client.get("/p/grand/") as answer:
        assert answer.status == 200
    async with cloud.client.get("/_sandbox/apps", headers={"Origin": "https://evil.example"}) as answer:
        assert answer.status == 403
