"""The traps of real reservations, each a rule: one deal per reservation, its people, its money, its ways back."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.mapping import FIELDS, read
from domain.stays import Money, Posting, PostingKind, StayState
from storage import snapshots
from tests.sync.house import guest, stay

UF = "UF_CRM_CONCIERGE_"
FIELD_NAMES = [f"UF_CRM_{spec.name}" for spec in FIELDS if spec.entity == "deal"]


def with_mapping(house, text):
    house.hotel = replace(house.hotel, mapping=read(text, "m.toml"))
    house.portal = replace(house.portal, hotels=(house.hotel,))


def deal(house, reservation_id):
    (found,) = [one for one in house.stand.items("deal") if one["originId"] == reservation_id]
    return {**found, **dict.fromkeys(FIELD_NAMES), **found["uf"]}


def deals(house):
    return [deal(house, one["originId"]) for one in house.stand.items("deal")]


async def contact_ids(house, *profile_ids):
    async with house.db.reading() as tx:
        found = await snapshots.crm_ids(tx, house.hotel.id, "profile", profile_ids)
    return [found[one] for one in profile_ids]


class Folio:
    """Lets the house's PMS give folio lines beside its rows."""

    def __init__(self, house):
        self.lines, self._rows = {}, house.pms.changed_since
        house.pms.changed_since = self._with_lines

    async def _with_lines(self, cursor, window):
        async for row in self._rows(cursor, window):
            yield row
        for line in self.lines.values():
            yield line

    def put(self, number, one, amount, kind=PostingKind.CHARGE, department="1000", **more):
        money = Money(Decimal(amount), "EUR")
        line = Posting(str(number), one.reservation_id, kind, department, money, date(2026, 11, 23), **more)
        self.lines[line.posting_id] = line


async def test_sharers_have_a_deal_each_and_are_guests_of_both(house):
    first = stay(1, 1, share_key="S1", total=Money(Decimal(200), "EUR"))
    second = stay(2, 2, share_key="S1", total=Money(Decimal(0), "EUR"))
    house.pms.put(guest(1), guest(2), guest(3), first, second, stay(3, 3))
    await house.run()
    one, two, three = await contact_ids(house, "1", "2", "3")
    assert deal(house, first.reservation_id)["contactIds"] == [one, two]
    assert deal(house, second.reservation_id)["contactIds"] == [two, one]
    assert deal(house, stay(3, 3).reservation_id)["contactIds"] == [three]
    worth = [float(deal(house, one.reservation_id)["opportunity"]) for one in (first, second)]
    assert worth == [200, 0]  # each his own share
    assert deal(house, second.reservation_id)[f"{UF}SHARE"] == "S1"


async def test_companions_are_further_guests_of_the_same_deal(house):
    house.pms.put(guest(1), guest(2), stay(1, 1, companion_ids=("2",)))
    await house.run()
    assert deal(house, stay(1, 1).reservation_id)["contactIds"] == await contact_ids(house, "1", "2")


async def test_a_guest_that_people_added_to_a_deal_stays_when_companions_change(house):
    house.pms.put(guest(1), guest(2), guest(3), stay(1, 1, companion_ids=("2",)), stay(3, 3))
    await house.run()
    one, two, three = await contact_ids(house, "1", "2", "3")
    item = deal(house, stay(1, 1).reservation_id)
    await house.stand.by_hand(
        "crm.item.update", entityTypeId=2, id=item["id"], fields={"contactIds": [one, two, three]}
    )
    house.pms.put(stay(1, 1))  # the companion doesn't come after all
    await house.run()
    assert deal(house, stay(1, 1).reservation_id)["contactIds"] == [one, three]


async def test_one_confirmation_number_for_two_reservations_makes_two_deals(house):
    house.pms.put(guest(1), stay(1, 1, confirmation="B-1"), stay(2, 1, confirmation="B-1"))
    await house.run()
    assert [one[f"{UF}CONFIRMATION"] for one in deals(house)] == ["B-1", "B-1"]


async def test_two_rooms_in_one_reservation_and_their_later_split(house):
    both = stay(1, 1, room_count=2, total=Money(Decimal(400), "EUR"))
    house.pms.put(guest(1), both)
    await house.run()
    before = deal(house, both.reservation_id)
    assert int(before[f"{UF}ROOMS"]) == 2
    house.pms.put(
        replace(both, room_count=1, total=Money(Decimal(200), "EUR")),
        stay(2, 1, arrival=both.arrival, departure=both.departure, total=Money(Decimal(200), "EUR")),
    )
    await house.run()
    assert deal(house, both.reservation_id)["id"] == before["id"]
    assert sum(float(one["opportunity"]) for one in house.stand.items("deal")) == 400
    assert [int(one[f"{UF}ROOMS"]) for one in deals(house)] == [1, 1]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (StayState.CANCELLED, StayState.CONFIRMED),
        (StayState.NO_SHOW, StayState.IN_HOUSE),
        (StayState.CHECKED_OUT, StayState.IN_HOUSE),
        (StayState.IN_HOUSE, StayState.CONFIRMED),
    ],
)
async def test_states_go_backwards_in_the_same_deal(house, first, then):
    one = replace(stay(1, 1), state=first)
    house.pms.put(guest(1), one)
    await house.run()
    before = deal(house, one.reservation_id)
    house.pms.put(replace(one, state=then))
    await house.run()
    after = deal(house, one.reservation_id)
    assert after["id"] == before["id"]
    assert after["stageId"] != before["stageId"]
    house.pms.put(one)
    await house.run()
    assert deal(house, one.reservation_id)["stageId"] == before["stageId"]


async def test_accounts_and_pseudo_rooms_stay_out_until_the_mapping_lets_them_in(house):
    account, pseudo = stay(1, 1, financial_account=True), stay(2, 1, pseudo_room=True)
    master = stay(3, 1, pseudo_room=True, group="Конгресс")
    house.pms.put(guest(1), account, pseudo, master, stay(4, 1))
    await house.run()
    assert len(house.stand.items("deal")) == 1
    with_mapping(house, '[rules]\ninclude = ["group_masters"]')
    await house.run()
    assert {one["originId"] for one in house.stand.items("deal")} == {
        stay(4, 1).reservation_id,
        master.reservation_id,
    }


async def test_a_folio_that_changes_alone_changes_its_deal_and_a_replay_nothing(house):
    with_mapping(house, '[rules]\namount = "actual_else_forecast"')
    folio, one, two = Folio(house), stay(1, 1), stay(2, 1)
    house.pms.put(guest(1), one, two)
    await house.run()
    assert deal(house, one.reservation_id)[f"{UF}ACTUAL"] in ("", None)
    folio.put(1, one, 100)
    folio.put(2, one, 20, department="2000")
    folio.put(3, one, 6, PostingKind.TAX, "1900")
    folio.put(4, one, 126, PostingKind.PAYMENT, "9000")
    folio.put(5, two, 30, department="2000", caused_by=one.reservation_id)
    report = await house.run()
    assert report.counts.updated == 1
    item = deal(house, one.reservation_id)
    assert item[f"{UF}REVENUE"] == "1000 100.00; 2000 50.00"
    assert item[f"{UF}PAID"] == "126.00|EUR"
    assert item[f"{UF}ACTUAL"] == "156.00|EUR"
    assert float(item["opportunity"]) == 156
    assert item[f"{UF}FORECAST"] == "101.00|EUR"
    for _ in range(2):
        assert (await house.run("full")).counts.updated == 0
    folio.put(6, one, -20, department="2000", quantity=Decimal(-1))  # a correction
    await house.run()
    assert deal(house, one.reservation_id)[f"{UF}REVENUE"] == "1000 100.00; 2000 30.00"


async def test_the_payer_has_the_line_where_the_hotel_wants_it_so(house):
    with_mapping(house, '[rules]\nrevenue_of = "payer"')
    folio, one, two = Folio(house), stay(1, 1), stay(2, 1)
    house.pms.put(guest(1), one, two)
    folio.put(5, two, 30, department="2000", caused_by=one.reservation_id)
    await house.run()
    assert deal(house, two.reservation_id)[f"{UF}REVENUE"] == "2000 30.00"
    assert deal(house, one.reservation_id)[f"{UF}REVENUE"] in ("", None)


async def test_day_use_is_a_deal_of_no_nights(house):
    one = stay(1, 1, departure=stay(1, 1).arrival)
    house.pms.put(guest(1), one)
    await house.run()
    assert int(deal(house, one.reservation_id)[f"{UF}NIGHTS"] or 0) == 0
    assert deal(house, one.reservation_id)["closedate"].startswith(one.arrival.isoformat())


async def test_a_new_mapping_is_brought_to_every_record_once(house):
    house.pms.put(*(guest(n) for n in range(1, 6)), *(stay(n, n) for n in range(1, 6)))
    await house.run()
    with_mapping(
        house, '[contact.comments]\ntemplate = "{last_name}"\n[deal.UF_CRM_CONCIERGE_X]\nfrom = "market"'
    )
    house.now += timedelta(minutes=5)
    assert (await house.run()).counts.updated == 10
    assert {one["comments"] for one in house.stand.items("contact")} == {f"Гость{n}" for n in range(1, 6)}
    assert (await house.run()).counts.updated == 0
