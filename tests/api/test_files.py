"""A request's files through the API: named by what they are, fetched by a link that expires, for whoever may read it."""

from domain.api_tokens import ApiScope
from domain.people import Role
from tests.handlers.desk import file


async def with_files(desk) -> str:
    """A request with two files, one of them fetched already; its number."""
    lab = desk.lab
    request = await file(lab, await lab.known("5"))
    kept = lab.requests.attachments
    async with lab.scopes.writing(lab.portal.id) as scope:
        refs = [lab.bitrix.upload("счёт.txt", b"%PDF-1.7"), lab.bitrix.upload("лог.txt", b"line\n")]
        one, _ = await kept.keep_for(scope, request.id, refs)
    await kept.content(lab.portal.id, one.id)
    return request.number


async def test_a_program_gets_them_by_link(desk):
    links = desk.lab.house.file_links
    links._public_url = "https://concierge.example"
    number = await with_files(desk)
    program = await desk.program(ApiScope.REQUESTS_READ, role=Role.SUPPORT)
    answer = await program.gets(f"/requests/{number}/files")
    assert answer.status == 200, answer.text
    stored, waiting = answer.body["items"]
    assert (stored["name"], stored["type"], stored["size"]) == ("счёт.txt", "application/pdf", 8)
    assert (waiting["state"], waiting["link"]) == ("waiting", None)
    opened = await links.open(stored["link"].rpartition("/")[2])
    assert b"".join([piece async for piece in opened.pieces]) == b"%PDF-1.7"


async def test_not_for_whom_the_request_is_not(desk):
    number = await with_files(desk)
    stranger = await desk.program(ApiScope.REQUESTS_READ, role=Role.STAFF)
    assert (await stranger.gets(f"/requests/{number}/files")).status in {403, 404}
    other = await desk.program(ApiScope.SYNCS_READ, role=Role.SUPPORT)
    assert (await other.gets(f"/requests/{number}/files")).status == 403
