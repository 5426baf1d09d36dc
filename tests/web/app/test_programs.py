"""The pages of tokens and webhooks: a secret is drawn once, what was given out works, and only admins come in."""

import pytest

from domain.api_tokens import ApiScope
from handlers.api.tokens import Tokens
from storage import page_deeds, webhooks
from tests.web.app.rooms import opened

ROOT = "/bitrix24/app"


def secret_of(page):
    found = [one for one in page.read.words if one.startswith(("cnc_", "whsec_")) and len(one) > 40]
    return found[0] if found else None


async def deeds(rooms):
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        return [one.deed for one in await page_deeds.listed(scope.tx, rooms.portal_id)]


async def test_an_admin_gives_a_token_out_and_it_is_shown_once(rooms):
    admin = await rooms.admin()
    page = await admin.sends(
        "programs",
        name="Лояльность",
        scopes=["guests:read"],
        privacy="contact",
        role="marketing",
        hotels=["PARK"],
    )
    assert page.status == 200
    secret = secret_of(page)
    assert secret is not None
    token = await Tokens(rooms.house.scopes).known(secret)
    assert token is not None
    assert (token.name, token.scopes, token.privacy, token.role, token.hotels) == (
        "Лояльность",
        {ApiScope.GUESTS_READ},
        "contact",
        "marketing",
        ("PARK",),
    )
    later = await admin.gets("programs")
    assert "Лояльность" in later.words
    assert secret_of(later) is None
    gone = await admin.posts("programs", [*later.form("programs").fields])
    assert gone.status == 303
    assert await Tokens(rooms.house.scopes).known(secret) is None
    assert "отозван" in (await admin.gets("programs")).words
    assert await deeds(rooms) == ["token.revoke", "token.issue"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "", "scopes": ["guests:read"]}, "должно быть имя"),
        ({"name": "x", "scopes": None}, "Нет области"),
        ({"name": "x", "scopes": ["admin"]}, "только оператор"),
        ({"name": "x", "scopes": ["guests:read"], "expires": "soon"}, "не читается"),
        ({"name": "x", "scopes": ["guests:read"], "hotels": ["NOWHERE"]}, "Нет отеля"),
    ],
)
async def test_what_is_no_token_comes_back_with_what_was_typed(rooms, changed, words):
    page = await (await rooms.admin()).sends("programs", **changed)
    assert page.status == 422
    assert words in page.words
    assert secret_of(page) is None


async def test_an_admin_keeps_webhooks(rooms):
    admin = await rooms.admin()
    refused = await admin.sends("webhooks", url="https://10.0.0.5/x")
    assert refused.status == 422
    assert "в частной сети" in refused.words
    made = await admin.sends("webhooks", url="https://hooks.example/x", events=["request.filed"])
    assert made.status == 200
    first = secret_of(made)
    assert first
    assert secret_of(await admin.gets("webhooks")) is None

    async def presses(do):
        fields = (await admin.gets("webhooks")).form("webhooks").fields
        return await admin.posts("webhooks", [*fields, ("do", do)])

    assert (await presses("ping")).status == 303
    assert "webhook.ping" in (await admin.gets("webhooks")).words
    renewed = await presses("secret")
    assert secret_of(renewed) not in {None, first}
    assert (await presses("pause")).status == 303
    assert "на паузе" in (await admin.gets("webhooks")).words
    assert (await presses("resume")).status == 303
    assert (await presses("nonsense")).status == 422
    assert (await presses("remove")).status == 303
    async with rooms.house.scopes.reading(rooms.portal_id) as scope:
        assert await webhooks.listed(scope.tx, rooms.portal_id) == []
    assert (await deeds(rooms))[-1] == "webhook.add"


async def test_only_admins_come_in(rooms):
    for user_id in ("2", "4", "5", "7"):
        visitor = await rooms.visitor(user_id)
        for path in ("programs", "webhooks"):
            assert (await visitor.gets(path)).status == 403
            assert (await visitor.posts(path, [("name", "x")])).status == 403


async def test_names_from_outside_are_never_tags(sqlite_url, clock, tmp_path):
    async with opened(sqlite_url, clock, tmp_path) as rooms:
        admin = await rooms.admin(language="en")
        page = await admin.sends("programs", name="<img src=x onerror=alert(1)>", scopes=["guests:read"])
        assert page.status == 200
        assert not [tag for tag, attrs in page.read.tags if tag == "img" or "onerror" in attrs]
