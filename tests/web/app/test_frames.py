"""The way into the pages, attacked: forged frames, other people's sessions, spent links. One cloud, real HTTP."""

import re
from typing import Any

import pytest

from storage import portal_settings, portals
from tests.stories.cloud_stage import CloudStage, clouded, hotel_settings

ROOT = "/bitrix24/app"
ADMIN, CLERK = 1, 5


@pytest.fixture
async def cloud(tmp_path):
    async with clouded(tmp_path) as stage:
        for name in ("hotel", "other"):
            await stage.portal(name)
            await stage.install(name)
        yield stage


async def frame(cloud: CloudStage, name: str, user: int = ADMIN, **more: Any) -> dict[str, str]:
    """What the portal's frame would post for this user."""
    told = await cloud.control(f"portals/{name}/open", {"user": user, "post": False, **more})
    return dict(told["form"])


async def enter(cloud: CloudStage, form: dict[str, str]) -> tuple[int, str, Any]:
    async with cloud.http.post(cloud.url(f"{ROOT}?LANG=ru"), data=form) as answer:
        return answer.status, await answer.text(), answer.headers


def token_of(page: str) -> str:
    found = re.search(r'name="page-session" content="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


async def gets(cloud: CloudStage, token: str, path: str) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"}
    async with cloud.http.get(cloud.url(f"{ROOT}/{path}"), headers=headers) as answer:
        return answer.status, await answer.text()


async def posts(cloud: CloudStage, token: str, path: str, **data: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    url = cloud.url(f"{ROOT}/{path}")
    async with cloud.http.post(url, data=data, headers=headers, allow_redirects=False) as answer:
        return answer.status


async def test_only_whom_the_portal_names_comes_in(cloud):
    mine, foreign = await frame(cloud, "hotel"), await frame(cloud, "other")
    status, page, headers = await enter(cloud, mine)
    assert status == 200, page
    origin = cloud.base.rstrip("/")
    policy = headers["Content-Security-Policy"]
    assert policy.endswith(f"frame-ancestors 'self' {origin}")
    assert "bitrix24" not in policy
    assert "script-src 'self' 'nonce-" in policy
    assert "X-Frame-Options" not in headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    cookie = headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=None", "Partitioned"))

    for forged in (
        {**mine, "member_id": foreign["member_id"]},  # another portal's number
        {**mine, "member_id": "0" * 32},
        {**mine, "member_id": ""},
        {**mine, "member_id": "../../etc"},
        {**mine, "AUTH_ID": foreign["AUTH_ID"]},  # another portal's user
        {**mine, "AUTH_ID": "forged"},
        {**mine, "AUTH_ID": ""},
        {**mine, "APPLICATION_TOKEN": foreign["APPLICATION_TOKEN"]},
        {**mine, "APPLICATION_TOKEN": ""},
        {},
    ):
        status, page, headers = await enter(cloud, forged)
        assert status == 403, forged
        assert "page-session" not in page
        assert "https://*.bitrix24.ru" in headers["Content-Security-Policy"]  # no portal is known yet
    await cloud.control("portals/hotel/expire", {"user": ADMIN})
    status, *_ = await enter(cloud, mine)
    assert status == 403

    async with cloud.http.get(cloud.url(ROOT)) as answer:
        assert answer.status == 401


async def test_a_session_is_of_one_portal_one_user_and_its_forms(cloud):
    for name in ("hotel", "other"):
        await cloud.configure(name, hotel_settings(cloud.base))
    admin = (await enter(cloud, await frame(cloud, "hotel")))[1]
    token = token_of(admin)
    csrf = csrf_of((await gets(cloud, token, "hotels/new"))[1])
    assert await posts(cloud, token, "hotels/GRAND/sync") == 403  # no token of the form
    assert await posts(cloud, token, "hotels/GRAND/sync", csrf="0" * 64) == 403
    other = token_of((await enter(cloud, await frame(cloud, "other")))[1])
    foreign = csrf_of((await gets(cloud, other, "hotels/new"))[1])
    assert await posts(cloud, token, "hotels/GRAND/sync", csrf=foreign) == 403  # somebody else's form
    again = token_of((await enter(cloud, await frame(cloud, "hotel")))[1])
    assert await posts(cloud, again, "hotels/GRAND/sync", csrf=csrf) == 403  # an earlier session's
    assert await posts(cloud, token, "hotels/GRAND/sync", csrf=csrf) == 303

    portal, body, mac = token.split(".")
    theirs = other.split(".")[0]
    for forged in (
        f"{theirs}.{body}.{mac}",
        f"{portal}.{body[:-2]}AA.{mac}",
        f"{portal}.{body}.{'0' * 64}",
        "1.2",
    ):
        assert (await gets(cloud, forged, "overview"))[0] == 401, forged

    await cloud.control("portals/hotel/uninstall", {})
    await cloud.control("settle")
    assert (await gets(cloud, token, "overview"))[0] == 401
    assert (await gets(cloud, other, "overview"))[0] == 200


async def test_staff_see_no_settings_and_a_tab_is_for_its_item(cloud):
    await cloud.configure("hotel", hotel_settings(cloud.base))
    status, page, _ = await enter(cloud, await frame(cloud, "hotel", CLERK))
    assert status == 403
    assert "не для вас" in page
    where = {"placement": "CRM_CONTACT_DETAIL_TAB", "options": {"ID": "999999"}}
    form = await frame(cloud, "hotel", CLERK, **where)
    status, page, _ = await enter(cloud, form)
    assert (status, "нет доступа" in page) == (403, True)
    for options in ("", "[]", '{"ID":"1; drop"}', '{"ID":-1}', "{"):
        status, *_ = await enter(cloud, {**form, "PLACEMENT_OPTIONS": options})
        assert status == 403, options
    contact = (await cloud.at("hotel").get("_sandbox/crm/contacts?limit=1"))["items"]
    if not contact:
        async with cloud.http.post(
            f"{cloud.base}p/hotel/rest/crm.contact.add",
            json={"fields": {"NAME": "Иван"}, "auth": form["AUTH_ID"]},
        ) as answer:
            number = (await answer.json())["result"]
    else:
        number = contact[0]["ID"]
    status, page, _ = await enter(cloud, {**form, "PLACEMENT_OPTIONS": f'{{"ID":"{number}"}}'})
    assert status == 200, page
    token = token_of(page)
    assert (await gets(cloud, token, "guest"))[0] == 200
    assert (await gets(cloud, token, "hotels"))[0] == 403
    admin = await frame(cloud, "hotel", ADMIN, **where)
    tab = token_of((await enter(cloud, {**admin, "PLACEMENT_OPTIONS": f'{{"ID":"{number}"}}'}))[1])
    assert (await gets(cloud, tab, "hotels"))[0] == 403  # an admin's tab is a tab, too


async def test_a_doors_password_goes_in_and_never_comes_out(cloud):
    await cloud.configure("hotel", {"hotels": [{"code": "GRAND", "name": "Гранд"}]})
    token = token_of((await enter(cloud, await frame(cloud, "hotel")))[1])
    page = (await gets(cloud, token, "hotels/GRAND/doors/new"))[1]
    fields = {
        "csrf": csrf_of(page),
        "version": "0",
        "kind": "suite8",
        "suite8.url": f"{cloud.base}hotel/x?ic=1",
        "suite8.password": "s3cret-Pa55",
        "suite8.username": "XML",
    }
    assert await posts(cloud, token, "hotels/GRAND/doors/new", **fields) == 303
    house, row = cloud.service.house, await cloud.row("hotel")
    async with house.db.reading() as tx:
        stored = (await portals.get(tx, row.portal_id)).settings
        journal = await portal_settings.changes(tx, row.portal_id)
    assert set(stored["hotels"][0]["sources"][0]["password"]) == {"sealed"}
    assert "s3cret" not in str(stored) + str(journal)
    assert "•••" in str(journal)
    door = house.portals[row.portal_id].settings.hotels[0].doors[0]
    assert door.password.get_secret_value() == "s3cret-Pa55"  # and it works
    page = (await gets(cloud, token, "hotels/GRAND/doors/0"))[1]
    assert "s3cret" not in page
    assert "задан, не показывается" in page

    fields |= {"csrf": csrf_of(page), "version": "1", "suite8.password": "", "suite8.username": "NEW"}
    assert await posts(cloud, token, "hotels/GRAND/doors/0", **fields) == 303
    door = house.portals[row.portal_id].settings.hotels[0].doors[0]
    assert (door.username, door.password.get_secret_value()) == ("NEW", "s3cret-Pa55")

    exports = {
        **fields,
        "version": "2",
        "kind": "exports",
        "exports.path": "/etc",
        "exports.map": "/etc/passwd",
    }
    assert (
        await posts(cloud, token, "hotels/GRAND/doors/new", **exports) == 422
    )  # the server's files are its operator's
    assert len(house.portals[row.portal_id].settings.hotels[0].doors) == 1
