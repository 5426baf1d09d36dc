"""docs/sandbox.md against the stand-ins: every route, switch and fault of theirs is on the page."""

import dataclasses
import re
from pathlib import Path

import pytest

from sandbox.hotel import faults as hotel_faults
from sandbox.hotel.control import build_app as hotel_app
from sandbox.hotel.hotel import Hotel
from sandbox.hotel.house import HotelConfig
from sandbox.portal import faults as portal_faults
from sandbox.portal.app import build_app as portal_app
from sandbox.portal.state import Portal, Switches
from sandbox.telegram import control as telegram_control
from sandbox.telegram import faults as telegram_faults
from sandbox.telegram.app import build_app as telegram_app
from sandbox.telegram.state import TelegramHub

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
NAMES = {"user_id": "user", "dialog_id": "dialog", "file_id": "id", "callback_id": "id", "task_id": "id"}


def section(title: str) -> str:
    return PAGE.split(f"### {title}\n", 1)[1].split("\n### ")[0]


def apps():
    hotel = Hotel.open(None, HotelConfig(bookings=20))
    yield "Portal", portal_app(Portal())
    yield "Telegram", telegram_app(TelegramHub())
    yield "Hotel", hotel_app(hotel)
    hotel.close()


def controls():
    """(section, verb, path) of every control route of the three."""
    for title, app in apps():
        for route in app.router.routes():
            path = route.resource.canonical if route.resource else ""
            if "/_sandbox/" in path and route.method in {"GET", "POST", "DELETE"}:
                yield title, route.method, path.split("/_sandbox/")[1]


def on_the_page(path: str) -> str:
    """A route's path with the page's names for its parts."""
    path = path.replace("{item_id}", "{id}").replace("{chat_id}", "{chat}").removesuffix("/{name}")
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{NAMES.get(found[1], found[1])}}}", path)


def documented(title: str) -> set[tuple[str, str]]:
    """(verb, path) of every route the section names, as `GET path` or `GET/POST path`."""
    spans = re.findall(r"`((?:GET|POST|DELETE)(?:/(?:POST|DELETE))*) ([\w/{}.]+)", section(title))
    return {(verb, path) for verbs, path in spans for verb in verbs.split("/")}


@pytest.mark.parametrize("title", ["Portal", "Telegram", "Hotel"])
def test_every_route_is_there_and_no_other(title):
    found = {(verb, on_the_page(path)) for where, verb, path in controls() if where == title}
    assert len(found) > 10
    assert documented(title) == found


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Portal", [field.name for field in dataclasses.fields(Switches)]),
        ("Portal", portal_faults.KINDS),
        ("Portal", [field.name for field in dataclasses.fields(portal_faults.Fault) if field.name != "id"]),
        ("Telegram", [*telegram_control.SWITCHES, "limits_scale"]),
        ("Telegram", telegram_faults.KINDS),
        ("Telegram", [field.name for field in dataclasses.fields(telegram_faults.Fault)]),
        ("Hotel", [field.name for field in dataclasses.fields(hotel_faults.Switches)]),
        ("Hotel", hotel_faults.KINDS),
        ("Hotel", [field.name for field in dataclasses.fields(hotel_faults.Fault)]),
    ],
)
def test_every_switch_and_fault_is_there(title, names):
    known = set(re.findall(r"\w+", section(title)))
    assert set(names) - known == set()
