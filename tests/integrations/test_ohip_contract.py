"""Every request of the OPERA Cloud door and every answer of its stand-in, held against Oracle's own descriptions.

The descriptions (Swagger 2.0, UPL) lie beside the project where it is made; a checkout has none, and skips this.
"""

import gzip
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from domain.stays import Cursor
from integrations.fidelio.ohip.client import Access
from integrations.fidelio.ohip.source import OhipSource
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.ohip.app import build_app
from sandbox.ohip.gateway import Gateway
from storage import Database
from tests.conftest import FakeClock
from tests.integrations.ohip_gateway import journal_in
from tests.integrations.suite8_hotel import WHOLE, Wall, collect

PAGES = Path(__file__).parents[3] / "shared" / "data" / "ohip"
AREAS = ("oauth", "rsv", "crm", "csh", "int")

pytestmark = pytest.mark.skipif(
    not PAGES.is_dir(), reason="Oracle's descriptions are not beside this checkout"
)


class Description:
    """One area's Swagger file."""

    def __init__(self, area: str) -> None:
        self.page: dict[str, Any] = orjson.loads(gzip.decompress((PAGES / f"{area}.json.gz").read_bytes()))
        resource = Resource(contents=self.page, specification=DRAFT4)
        self._registry: Registry[Any] = Registry().with_resource(f"urn:{area}", resource)
        self._area = area
        self._paths = {
            re.compile(re.sub(r"\{[^}]+\}", "[^/]+", self.page["basePath"] + path)): operations
            for path, operations in self.page["paths"].items()
        }

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """What the description says of a call; fails where there is no such operation."""
        for pattern, operations in self._paths.items():
            if pattern.fullmatch(path) and method.lower() in operations:
                found: dict[str, Any] = operations[method.lower()]
                return found
        raise AssertionError(f"no operation {method} {path}")

    def parameters(self, operation: dict[str, Any]) -> list[dict[str, Any]]:
        named = self.page.get("parameters", {})
        return [
            named[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in operation.get("parameters", ())
        ]

    def problems(self, schema: dict[str, Any], value: object) -> list[str]:
        """What the description has against a value; unknown names count, too: the gateway has none.

        Dates are described as of at most eight characters and in a format of ten: the length isn't held against them.
        """
        wanted = {"$ref": f"urn:{self._area}{schema['$ref']}"} if "$ref" in schema else schema
        found = [
            f"{error.json_path}: {error.message[:200]}"
            for error in Draft4Validator(wanted, registry=self._registry).iter_errors(value)
            if not (error.validator == "maxLength" and error.schema.get("format") == "date")
        ]
        return found + self.strange(schema, value, "$")

    def strange(self, schema: dict[str, Any], value: object, at: str) -> list[str]:
        """Names the description doesn't have."""
        while "$ref" in schema:
            schema = self.page["definitions"][schema["$ref"].rpartition("/")[2]]
        if isinstance(value, list):
            return [one for item in value for one in self.strange(schema.get("items", {}), item, f"{at}[]")]
        if not isinstance(value, dict) or "properties" not in schema:
            return []
        known = schema["properties"]
        wrong = [f"{at}.{name} is not described" for name in value if name not in known]
        for name in value.keys() & known.keys():
            wrong += self.strange(known[name], value[name], f"{at}.{name}")
        return wrong


@pytest.fixture(scope="module")
def described() -> dict[str, Description]:
    return {area: Description(area) for area in AREAS}


async def _at_once(_seconds: float) -> None:
    """No pace in a test."""


@pytest.fixture
async def talk(sqlite_url: str, clock: FakeClock) -> list[dict[str, Any]]:
    """Everything said between door and gateway in a full read, an increment and a check."""
    gateway = Gateway(Hotel.open(config=HotelConfig(bookings=150), wall=Wall()))
    heard: list[dict[str, Any]] = []

    @web.middleware
    async def listen(request: web.Request, handler: Any) -> web.StreamResponse:
        body = (await request.read()).decode()
        response = await handler(request)
        heard.append({"request": request, "form": dict(parse_qsl(body)), "response": response})
        return response

    app = build_app(gateway)
    app.middlewares.append(listen)
    db = Database.open(sqlite_url)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        known = gateway.settings
        access = Access(
            known.client_id,
            known.client_secret,
            known.app_key,
            known.hotel_id,
            scope="a",
            enterprise_id="GRAND",
        )
        door = OhipSource(
            str(server.make_url("/")), access, session=session, journal=await journal_in(db, clock),
            external_system=known.external_system, sleep=_at_once,
        )  # fmt: skip
        await door.check()
        await collect(door.changed_since(Cursor(), WHOLE))
        gateway.hotel.check_in(gateway.hotel.due_in()[0].id)
        gateway.hotel.put_profile(next(iter(gateway.hotel.profiles.values())))
        await collect(door.changed_since(Cursor(clock.now), WHOLE))
        by_name = Access(
            known.client_id,
            known.client_secret,
            known.app_key,
            known.hotel_id,
            username=known.username,
            password=known.password,
        )
        await OhipSource(str(server.make_url("/")), by_name, session=session).check()
    await db.close()
    return heard


async def test_all_that_is_said_is_described(talk, described):
    areas = set()
    for one in talk:
        request, response = one["request"], one["response"]
        area = described[request.path.split("/")[1]]
        areas.add(request.path.split("/")[1])
        operation = area.operation(request.method, request.path)
        wrong = _against(area, operation, request, one["form"])
        assert not wrong, (request.path_qs, wrong)
        answer = operation["responses"][str(response.status)]
        if response.status == 200:
            problems = area.problems(answer["schema"], orjson.loads(response.body))
            assert not problems, (request.path_qs, problems[:5])
    assert areas == set(AREAS)


def _against(
    area: Description, operation: dict[str, Any], request: web.Request, form: dict[str, str]
) -> list[str]:
    """What a request has that isn't described, or lacks that is obligatory."""
    known = {(p["in"], p["name"].lower()): p for p in area.parameters(operation)}
    given = {("query", name.lower()): value for name, value in parse_qsl(urlsplit(request.path_qs).query)}
    given |= {("formData", name.lower()): value for name, value in form.items()}
    wrong = [f"{name} is not described" for place, name in given if (place, name) not in known]
    given |= {("header", name.lower()): value for name, value in request.headers.items()}
    for (place, name), parameter in known.items():
        value = given.get((place, name))
        if value is None:
            if parameter.get("required") and place != "path":
                wrong.append(f"{name} is missing")
        elif "pattern" in parameter and not re.search(parameter["pattern"], value):
            wrong.append(f"{name} is not as described")
        elif (
            choice := parameter.get("enum") or parameter.get("items", {}).get("enum")
        ) and value not in choice:
            wrong.append(f"{name} = {value!r} is none of the described")
        elif parameter.get("maximum") and int(value) > parameter["maximum"]:
            wrong.append(f"{name} = {value} is too much")
    return wrong


def test_a_wrong_name_would_be_seen(described):
    area = described["rsv"]
    schema = area.operation("GET", "/rsv/v1/hotels/GRAND/reservations")["responses"]["200"]["schema"]
    assert area.problems(schema, {"reservations": {"reservationInfo": [{"roomStay": {"arrival": "x"}}]}})
    assert area.problems(schema, {"reservations": {"reservationInfo": [{"roomStay": {"adultCount": "two"}}]}})
    assert not area.problems(schema, {"reservations": {"reservationInfo": [{"roomStay": {"adultCount": 2}}]}})
