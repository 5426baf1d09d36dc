"""What the cloud posts and answers, as the vendor's own Python SDK reads it, unchanged."""

from collections.abc import AsyncIterator

import pytest
from b24pysdk.api.responses.bitrix_app_info_response import B24AppInfoResult
from b24pysdk.credentials import OAuthEventData, OAuthPlacementData, RenewedOAuth

from tests.sandbox.cloud_lab import Lab, lab


@pytest.fixture
async def cloud() -> AsyncIterator[Lab]:
    async with lab() as running:
        yield running


async def info(cloud: Lab, token: str) -> B24AppInfoResult:
    async with cloud.client.get("/rest/app.info/", params={"auth": token}) as answer:
        return B24AppInfoResult.from_dict((await answer.json())["result"])


async def test_a_frame_is_read_and_agrees_with_the_authorization_server(cloud: Lab):
    app = await cloud.installed()
    await cloud.control("portals/grand/open", {"user": 5, "options": {"a": "b"}})
    (post,) = cloud.app.posts
    frame = OAuthPlacementData.from_dict({**post.query, **post.pairs})
    told = await info(cloud, frame.oauth_token.access_token)
    assert frame.validate_against_app_info(told)
    assert (told.user_id, told.client_id, told.install.installed) == (5, app["client_id"], True)
    assert (frame.placement, frame.placement_options) == ("DEFAULT", {"a": "b"})


async def test_an_event_is_read_and_its_token_is_the_actors(cloud: Lab):
    app = await cloud.installed()
    bound = {"event": "ONCRMCONTACTADD", "handler": cloud.app.url("/events")}
    await cloud.rest("event.bind", app["access_token"], bound)
    await cloud.rest("crm.item.add", app["access_token"], {"entityTypeId": 3, "fields": {"name": "Анна"}})
    await cloud.settle()
    (post,) = cloud.app.posts
    event = OAuthEventData.from_dict(post.pairs)
    assert (event.event, event.is_system) == ("ONCRMCONTACTADD", False)
    assert event.auth.application_token == app["application_token"]


async def test_a_renewal_is_read(cloud: Lab):
    app = await cloud.installed()
    renewed = RenewedOAuth.from_dict((await cloud.refresh(app, app["refresh_token"])).body)
    assert renewed.member_id == app["member_id"]
    assert (await info(cloud, renewed.oauth_token.access_token)).install.member_id == renewed.member_id
