"""The ledger's sums: the same from any order and any repetition of lines; each sort of line where it belongs."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import reservation_of, totals
from domain.stays import Money, Posting, PostingKind

DAY = date(2026, 11, 20)


def line(number, amount, kind=PostingKind.CHARGE, department="1000", currency="RUB", **more):
    money = Money(Decimal(str(amount)), currency)
    return Posting(str(number), "9001", kind, department, money, DAY, **more)


@st.composite
def folios(draw):
    count = draw(st.integers(0, 12))
    found = [
        line(
            number,
            draw(st.decimals(-1000, 1000, places=2)),
            draw(st.sampled_from(list(PostingKind))),
            draw(st.sampled_from(["1000", "2000", "9000"])),
            draw(st.sampled_from(["RUB", "RUB", "EUR"])),
            hidden=draw(st.booleans()) and draw(st.booleans()),
            internal=draw(st.booleans()) and draw(st.booleans()),
            tax_included=draw(st.booleans()),
        )
        for number in range(count)
    ]
    return [
        replace(one, split_of=str(draw(st.integers(0, count)))) if draw(st.integers(0, 5)) == 0 else one
        for one in found
    ]


@given(folios(), st.randoms())
def test_neither_order_nor_repetition_changes_a_total(lines, rng):
    again = [*lines, *(one for one in lines if rng.random() < 0.5)]
    rng.shuffle(again)
    assert totals(again, "RUB") == totals(lines, "RUB")


@given(folios())
def test_departments_add_up_to_the_charges_and_the_parts_to_the_whole(lines):
    found = totals(lines, "RUB")
    assert sum(found.departments.values(), Decimal(0)) == found.charges
    assert found.gross - found.net == found.tax
    assert found.balance == found.gross + found.paid_outs - found.payments


@given(folios())
def test_a_correction_takes_its_line_back(lines):
    mistake, correction = line("m", 450), line("c", -450)
    assert totals([*lines, mistake, correction], "RUB").gross == totals(lines, "RUB").gross


def test_payments_and_paid_outs_are_no_revenue():
    found = totals(
        [
            line(1, 1000),
            line(2, 20, PostingKind.TAX),
            line(3, 1100, PostingKind.PAYMENT, "9000"),
            line(4, 80, PostingKind.PAID_OUT, "8000"),
        ],
        "RUB",
    )
    assert (found.gross, found.net, found.tax) == (1020, 1000, 20)
    assert (found.payments, found.paid_outs, found.balance) == (1100, 80, 0)
    assert found.departments == {"1000": 1000}


def test_tax_inside_a_charge_is_not_added_again():
    found = totals([line(1, 1200), line(2, 200, PostingKind.TAX, tax_included=True)], "RUB")
    assert (found.gross, found.net, found.tax) == (1200, 1000, 200)


@pytest.mark.parametrize("flag", ["hidden", "internal"])
def test_hidden_lines_and_the_inner_side_of_packages_do_not_count(flag):
    assert totals([line(1, 100), replace(line(2, 40), **{flag: True})], "RUB").gross == 100


def test_a_split_line_counts_by_its_parts():
    parts = [line(2, 60, split_of="1"), line(3, 40, department="2000", split_of="1")]
    assert totals([line(1, 100), *parts], "RUB").departments == {"1000": 60, "2000": 40}


def test_currencies_are_never_added_together():
    found = totals([line(1, 100), line(2, 5, currency="EUR")], "RUB")
    assert found.gross == 100
    assert found.others == {"EUR": 5}


def test_a_routed_line_is_whose_one_chooses():
    routed = replace(line(1, 100), caused_by="9002")
    assert reservation_of(routed, "causer") == "9002"
    assert reservation_of(routed, "payer") == "9001"
    assert reservation_of(line(1, 100), "causer") == "9001"
