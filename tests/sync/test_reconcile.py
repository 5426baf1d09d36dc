"""Reconciliation: what people did in the CRM, what vanished from the PMS, and what one button puts right."""

from dataclasses import replace

import pytest

from domain.stays import StayState
from sandbox.portal.crm_store import CONTACT, DEAL, crm_of
from tests.sync.house import guest, stay


def both(report):
    """What a reconciliation tells."""
    return report.stored()["reconcile"]


def told(report):
    return {(one["kind"], one["entity"], one["key"]) for one in both(report)["differences"]}


@pytest.fixture
async def full(house):
    """Thirty guests with a stay each, all in the CRM."""
    house.pms.put(*(guest(n) for n in range(1, 31)), *(stay(n, n) for n in range(1, 31)))
    report = await house.run()
    assert (report.counts.created, report.counts.failed) == (60, 0)
    return house


async def test_nothing_to_tell_where_both_are_the_same(full):
    before = len(full.stand.portal.requests)
    report = await full.run("reconcile", reread=True)
    assert both(report)["kinds"] == {}
    assert both(report)["days"] == []
    assert both(report)["days_checked"] == 5
    sides = both(report)["entities"]["deal"]
    assert (sides["pms"], sides["crm"]) == (30, 30)
    assert sides["pms_checksum"] == sides["crm_checksum"] != "0" * 16
    assert len(full.stand.portal.requests) - before <= 8
    writes = [one for one in full.stand.commands() if one.endswith((".add", ".update", "Import", "delete"))]
    full.stand.forget()
    await full.run("reconcile")
    assert writes
    assert not [one for one in full.stand.commands() if one.endswith((".add", ".update", "Import"))]


async def test_what_people_deleted_and_changed_is_listed_and_put_right(full):
    contacts, deals = full.items("contact"), full.items("deal")
    await full.stand.by_hand("crm.item.delete", entityTypeId=CONTACT, id=contacts["7"]["id"])
    await full.stand.by_hand("crm.item.delete", entityTypeId=DEAL, id=deals["70004"]["id"])
    await full.stand.by_hand(
        "crm.item.update", entityTypeId=DEAL, id=deals["70005"]["id"], fields={"opportunity": 1}
    )
    found = await full.run("reconcile")
    assert {("missing", "contact", "7"), ("missing", "deal", "70004"), ("differs", "deal", "70005")} <= told(
        found
    )
    days = both(found)["days"]
    assert {day["arrival"] for day in days} >= {"2026-11-28", "2026-11-24"}
    assert any(day["pms"] == day["crm"] + 1 for day in days)
    assert len(full.items("deal")) == 29  # a look puts nothing right

    repaired = await full.run("repair")
    assert both(repaired)["repaired"] is True
    assert told(repaired) == set(), [(o["key"], o["fields"]) for o in both(repaired)["differences"]]
    assert both(repaired)["found"]["missing"] == 2
    assert set(full.items("deal")) == set(deals)
    again = full.items("deal")["70005"]
    assert float(again["opportunity"]) == 105
    assert full.items("deal")["70007"]["contactIds"] == [full.items("contact")["7"]["id"]]
    assert both(await full.run("reconcile"))["kinds"] == {}


async def test_what_vanished_from_the_pms_is_asked_for_and_then_cancelled(full):
    del full.pms.stays["70009"]
    full.pms.stays["70010"] = replace(
        full.pms.stays["70010"], arrival=full.pms.stays["70010"].arrival.replace(year=2028)
    )
    found = await full.run("reconcile")
    assert ("vanished", "deal", "70009") in told(found)
    assert not [one for one in told(found) if one[0] == "vanished" and one[2] == "70010"]
    stage = full.items("deal")["70001"]["stageId"]
    repaired = await full.run("repair")
    assert told(repaired) == set(), [(o["key"], o["fields"]) for o in both(repaired)["differences"]]
    assert full.items("deal")["70009"]["stageSemanticId"] == "F"
    assert full.items("deal")["70001"]["stageId"] == stage


async def test_an_unseen_stay_that_the_pms_still_knows_is_not_given_up(full):
    hidden = full.pms.stays.pop("70011")

    async def still_there(numbers):
        for number in numbers:
            if number == "70011":
                yield replace(hidden, state=StayState.IN_HOUSE)

    full.pms.reservations = still_there
    found = await full.run("reconcile")
    assert not [one for one in told(found) if one[0] == "vanished"]
    assert ("differs", "deal", "70011") in told(found)  # what it told is staged and comes with the next run


async def test_duplicates_are_merged_and_strangers_stay(full):
    contact = full.items("contact")["3"]
    copy = {"name": "Иван", "lastName": "Гость3", "originatorId": "concierge:GRAND", "originId": "3"}
    await full.stand.by_hand("crm.item.add", entityTypeId=CONTACT, fields=copy)
    stranger = {"title": "чужая", "originatorId": "concierge:GRAND", "originId": "99999"}
    await full.stand.by_hand("crm.item.add", entityTypeId=DEAL, fields=stranger)
    found = await full.run("reconcile")
    assert told(found) == {("duplicate", "contact", "3"), ("extra", "deal", "99999")}
    assert both(found)["repairable"] == 1
    (twice,) = [one for one in both(found)["differences"] if one["kind"] == "duplicate"]
    assert twice["crm_ids"][0] == contact["id"]
    assert len(twice["urls"]) == 2

    repaired = await full.run("repair")
    assert told(repaired) == {("extra", "deal", "99999")}  # nothing is deleted without a person
    same = [one for one in crm_of(full.stand.portal).items(CONTACT).by_id() if one.get("originId") == "3"]
    assert [one["id"] for one in same] == [contact["id"]]


async def test_the_clock_doesnt_read_the_pms_again_right_after_the_nightly_run(full):
    await full.run("full")
    reads = len(full.pms.reads)
    report = await full.run("reconcile", scheduled=True)
    assert len(full.pms.reads) == reads
    assert both(report)["kinds"] == {}
    await full.run("reconcile")
    assert len(full.pms.reads) == reads + 1


async def test_a_new_database_finds_what_the_crm_holds_already(full, tmp_path):
    """Nothing is known: listed evenly by id, nothing doubled by the first run."""
    items = [
        one async for page in full.stand.crm.listing("contact", "concierge:GRAND", (), ()) for one in page
    ]
    assert sorted(one.key for one in items) == sorted(full.items("contact"))
    known = [one["id"] for one in full.items("contact").values()]
    listed = [
        one
        async for page in full.stand.crm.listing("contact", "concierge:GRAND", known[::3], ())
        for one in page
    ]
    assert sorted(one.crm_id for one in listed) == sorted(known)
