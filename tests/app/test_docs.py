"""The pages against the code: tables that restate it, links that must lead somewhere, no place of anybody's machine."""

import re
from pathlib import Path

import pytest

from domain.people import DEFAULT_PRIVACY, Role
from domain.requests import MOVES, Action, Move, Part, RequestType, Status
from domain.service_levels import DEFAULT_LEVELS, DEFAULT_PRIORITY

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
MADE_LATER = {"docs/pictures/messenger.png"}


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, its two head lines left out."""
    text = (ROOT / page).read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table[0].splitlines()[2:]]


def words(cell: str) -> list[str]:
    return re.findall(r"`([\w]+)`", cell)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        place = (page.parent / target).resolve()
        assert place.exists() or str(place.relative_to(ROOT)) in MADE_LATER, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_no_machine(page):
    assert not re.search(r"/(?:home|root|work|Users)/\w", page.read_text(encoding="utf-8"))


def told(cells: list[str]) -> Move:
    """A line of the page as a move of the table."""
    action, _, sources, target, parts, more = cells
    open_states = frozenset(Status) - {Status.CLOSED}
    return Move(
        action=Action(words(action)[0]),
        sources=open_states if "any open" in sources else frozenset(map(Status, words(sources))),
        target=Status(words(target)[0]),
        parts=frozenset(Part(part.strip()) for part in parts.split(",")),
        needs_reason="reason" in more,
        new_round="next round" in more,
        closed_as=next((m.closed_as for m in MOVES if m.closed_as and m.closed_as in words(more)), None),
        waiting_for=next((m.waiting_for for m in MOVES if m.waiting_for and m.waiting_for in more), None),
    )


def test_the_moves_are_those_of_the_code():
    assert [told(cells + [""] * (6 - len(cells))) for cells in rows("docs/requests.md", "Moves")] == list(
        MOVES
    )


def test_the_diagram_draws_every_move_and_no_other():
    text = (ROOT / "docs/requests.md").read_text(encoding="utf-8")
    arrows = re.findall(r"^ +(\w+) --> (\w+): (.+)$", text, re.MULTILINE)
    drawn = {(source, target, action) for source, target, names in arrows for action in names.split(", ")}
    assert drawn == {(source, move.target, move.action) for move in MOVES for source in move.sources}


def test_the_states_are_all_there():
    assert [words(cells[0])[0] for cells in rows("docs/requests.md", "States")] == list(Status)


def test_types_and_terms_are_those_of_the_code():
    table = rows("docs/requests.md", "Types, priorities, terms")
    assert {words(cells[0])[0]: cells[3] for cells in table} == {
        kind: DEFAULT_PRIORITY[kind] for kind in RequestType
    }
    text = (ROOT / "docs/requests.md").read_text(encoding="utf-8")
    for kind, row in DEFAULT_LEVELS.items():
        hours = [
            (level.first_reply.total_seconds() / 3600, level.solution.total_seconds() / 3600)
            for level in row.values()
        ]
        cells = " | ".join(f"{first:g} / {solution:g}" for first, solution in hours)
        assert f"| `{kind}` | {cells} |" in text


def test_the_roles_have_the_levels_of_the_code():
    text = (ROOT / "docs/roles.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"^\| `(\w+)` \| [^|`]+ \| `(\w+)` \|$", text, re.MULTILINE))
    assert found == {role: DEFAULT_PRIVACY[role] for role in Role}
