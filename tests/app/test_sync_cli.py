"""The sync operated at the terminal: a rehearsal applied, failures retried, runs and reasons looked up."""

import pytest

from tests.app.schemas import faults


async def test_a_rehearsal_is_applied_by_its_number(world):
    dry = await world.concierge("sync", "GRAND", "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert faults("sync", dry.json) == []
    assert dry.json["created"] > 10
    assert len(dry.json["samples"]) == 10
    assert "phones" not in {
        c["field"] for one in dry.json["samples"] for c in one["changes"] if c["after"] != "•••"
    }
    assert (await world.get("_sandbox/counts"))["deals"] == 0

    done = await world.concierge("sync", "GRAND", "--apply", str(dry.json["order"]), "--json")
    assert done.code == 0, done.err
    assert (done.json["dry"], done.json["moved"]) == (False, False)
    assert (
        done.json["created"] + done.json["asked"] == dry.json["created"]
    )  # who may be known is asked about first
    again = await world.concierge("sync", "GRAND", "--apply", str(dry.json["order"]))
    assert again.code == 2
    assert "уже применена" in again.err

    runs = await world.concierge("runs", "GRAND", "--json")
    assert faults("runs", runs.json) == []
    assert [run["kind"] for run in runs.json["runs"]] == ["apply", "dry"]
    stay = (await world.get("hotel/_sandbox/reservations?status=in_house&limit=1"))["reservations"][0]
    number = str(stay.get("guestNum") or stay["id"])
    why = await world.concierge("why", "GRAND", number, "--json")
    assert faults("why", why.json) == []
    assert [one["verdict"] for one in why.json["answers"]] == ["in-crm"]
    assert why.code == 0
    plain = await world.concierge("why", "GRAND", number)
    assert "Есть в CRM" in plain.out
    assert "/crm/deal/details/" in plain.out


@pytest.mark.drill  # told by quicker tests, too
async def test_only_what_failed_is_retried(world):
    await world.concierge("sync", "GRAND", "--json")
    stays = (await world.get("hotel/_sandbox/reservations?status=in_house&limit=2"))["reservations"]
    for stay in stays:
        number = stay.get("guestNum") or stay["id"]
        await world.post("hotel/_sandbox/change", {"kind": "checkout", "guestNum": number})
    await world.fault(
        method="crm.item.update", times=None, kind="error", code="CRM_FIELD_ERROR_VALUE_NOT_VALID"
    )
    failed = await world.concierge("sync", "GRAND", "--json")
    assert failed.code == 1
    listed = await world.concierge("sync-errors", "GRAND", "--json")
    assert faults("sync-errors", listed.json) == []
    assert {item["cause"] for item in listed.json["items"]} == {"crm-field"}
    first, second = (f"{item['entity']}:{item['key']}" for item in listed.json["items"])

    await world.mend()
    one = await world.concierge("sync-errors", "GRAND", "--retry", "--only", first, "--json")
    assert (one.code, one.json["updated"], one.json["failed"]) == (0, 1, 0)
    left = await world.concierge("sync-errors", "GRAND", "--json")
    assert [f"{item['entity']}:{item['key']}" for item in left.json["items"]] == [second]
    assert (await world.concierge("sync-errors", "GRAND", "--retry", "--only", first)).code == 2
    rest = await world.concierge("sync-errors", "GRAND", "--retry", "--json")
    assert rest.json["updated"] == 1
    assert (await world.concierge("sync-errors", "GRAND")).code == 0
    nothing = await world.concierge("sync-errors", "GRAND", "--retry", "--json")
    assert nothing.code == 0
    assert faults("sync", nothing.json) == []


@pytest.mark.drill  # told by quicker tests, too
async def test_wrong_use_is_told(world):
    assert (await world.concierge("sync", "GRAND", "--apply", "1", "--full")).code == 2
    assert (await world.concierge("sync", "GRAND", "--apply", "77")).code == 2
    assert (await world.concierge("sync-errors", "GRAND", "--only", "stay:1")).code == 2
    assert (await world.concierge("why", "NOWHERE", "Иванов")).code == 2
