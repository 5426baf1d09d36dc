"""The folios as the XML Interface tells them: routed lines, foreign prices, names of departments, missing licences."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.errors import Permanent
from domain.ledger import reservation_of, totals
from domain.stays import Cursor, Money, Posting, RowProblem, Stay
from integrations.fidelio.suite8 import parse, values
from integrations.fidelio.suite8.answers import Row
from integrations.fidelio.suite8.moments import assumed
from sandbox.hotel.faults import Fault
from tests.integrations.suite8_hotel import WHOLE, collect, open_house


@pytest.fixture
async def house():
    async with open_house(bookings=900) as made:
        yield made


async def ledger(house, number):
    records = await collect(house.door(with_postings=True).changed_since(Cursor(), WHOLE))
    lines = [one for one in records if isinstance(one, Posting)]
    return [one for one in lines if reservation_of(one, "causer") == str(number)]


async def test_the_sums_are_the_desks_own(house):
    stay = next(one for one in house.hotel.reservations.values() if one.checked_out and one.rate)
    found = totals(await ledger(house, stay.id), "RUB")
    bill = house.hotel.bill(stay.id)
    assert found.gross == sum(one.amount for one in bill if one.department_type != 3)
    assert found.payments == sum(one.amount for one in bill if one.department_type == 3)
    assert found.names["1000"] == "Проживание"
    assert "9010" not in found.departments


async def test_a_routed_line_says_who_caused_it(house):
    first, second = house.hotel.in_house()[:2]
    house.hotel.post(second.id, ("2000", Decimal(700), house.hotel.business_date, "Бар", 1), origin=first.id)
    line = next(one for one in await ledger(house, first.id) if one.text == "Бар" and one.caused_by)
    assert (line.reservation_id, line.caused_by) == (str(second.id), str(first.id))
    own = [one for one in await ledger(house, second.id) if one.caused_by]
    assert own == []


async def test_lines_of_guests_who_came_before_the_window_are_read_from_their_arrival(house):
    hotel = house.hotel
    stay = max(hotel.in_house(), key=lambda one: (hotel.business_date - one.arrival, one.id))
    window = replace(WHOLE, first=hotel.business_date, last=hotel.business_date + timedelta(days=3))
    assert stay.arrival < window.first
    records = await collect(house.door(with_postings=True).changed_since(Cursor(), window))
    told = [one for one in records if isinstance(one, Posting) and one.reservation_id == str(stay.id)]
    assert len(told) == len(hotel.bill(stay.id))


async def test_without_a_licence_for_postings_guests_and_stays_come_all_the_same(house):
    house.hotel.faults.add(Fault(kind="status", status="AD", req_type="Posting", times=99))
    records = await collect(house.door(with_postings=True).changed_since(Cursor(), WHOLE))
    assert any(isinstance(one, Stay) for one in records)
    (problem,) = [one for one in records if isinstance(one, RowProblem)]
    assert (problem.entity, problem.code) == ("posting", "pms-refused")
    status = await house.door(with_postings=True).check()
    assert (status.ok, status.code) == (False, "pms-refused")
    with pytest.raises(Permanent):
        await collect(house.door().postings(WHOLE.first, WHOLE.last))


def test_a_foreign_price_is_kept_beside_the_own_one():
    names = {
        "PostingID": "5", "GuestNum": "9001", "DepartmentCode": "2000", "DepartmentType": "1", "PostingPrice": "950.00",
        "PostingQuantity": "-2", "PostingDate": "20.11.2026", "CurrencyCode": "DOL", "PostingForeignPrice": "10.00",
        "PostingGuestNumOrig": "9001",
    }  # fmt: skip
    from zoneinfo import ZoneInfo

    reading = values.Reading(assumed(ZoneInfo("Europe/Moscow")), "RUB", {"DOL": "USD", "RUR": "RUB"})
    line = parse.posting(Row([(name, {}, text) for name, text in names.items()]), reading, {"2000": "Бар"})
    assert line.amount == Money(Decimal(-1900), "RUB")
    assert line.foreign == Money(Decimal(-20), "USD")
    assert line.caused_by is None
    assert line.department_name == "Бар"
