"""Rehearsals: one fingerprint for one plan, ten differences by level, and applying only what was seen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.item_privacy import discreet, mask
from domain.people import Privacy
from domain.plan import Known, plan
from handlers.sync.preview import SHOWN, Preview
from handlers.sync.report import Counts, Report
from storage import Database, work_orders
from tests.handlers.sync_work import Work
from tests.lab import HOTEL_GROUP, open_lab

FIELDS = {"lastName": "Иванов", "name": "Иван", "birthdate": "1980-05-01", "UF_CRM_CONCIERGE_VIP": "3"}


def planned(key, *, entity="contact", known=None, phones=("+79001112233",), **fields):
    return plan(entity, str(key), "concierge:GRAND", {**FIELDS, **fields}, phones, (), known)


def previewed(plans):
    found = Preview()
    for one in plans:
        found.add(one)
    return found


KEYS = st.lists(st.integers(1, 50), unique=True, min_size=1, max_size=20)


@given(KEYS, st.randoms(use_true_random=False))
def test_the_order_of_writes_does_not_matter(keys, random):
    plans = [planned(key) for key in keys]
    shuffled = random.sample(plans, len(plans))
    assert previewed(plans).fingerprint == previewed(shuffled).fingerprint


@given(KEYS, st.sampled_from(["lastName", "UF_CRM_CONCIERGE_VIP"]), st.text(min_size=1, max_size=5))
def test_any_other_value_is_another_plan(keys, field, value):
    plans = [planned(key) for key in keys]
    other = [planned(keys[0], **{field: f"{FIELDS[field]}{value}"}), *plans[1:]]
    assert previewed(plans).fingerprint != previewed(other).fingerprint
    assert previewed(plans).fingerprint != previewed(plans[1:]).fingerprint


def test_a_phone_alone_is_another_plan():
    assert previewed([planned(1)]).fingerprint != previewed([planned(1, phones=("+7900",))]).fingerprint


def test_ten_samples_changes_first_every_sort_represented():
    changed = [planned(n, known=Known(n, {})) for n in range(3)]
    plans = [planned(n) for n in range(100, 150)] + changed
    plans += [planned(n, entity="company") for n in range(200, 250)]
    samples = previewed(plans).samples()
    assert len(samples) == SHOWN
    assert [one["step"] for one in samples[:3]] == ["update"] * 3
    assert {one["entity"] for one in samples[3:]} == {"contact", "company"}


def test_only_what_differs_is_told():
    before = {**FIELDS, "phones": ["+79001112233"], "emails": []}
    found = previewed([planned(1, known=Known(5, {**before, "lastName": "Иваноф"}))]).samples()
    assert [one["changes"] for one in found] == [{"lastName": ["Иваноф", "Иванов"]}]


@pytest.mark.parametrize(
    ("level", "hidden"),
    [
        (Privacy.BASIC, {"phones", "birthdate"}),
        (Privacy.CONTACT, {"birthdate"}),
        (Privacy.MONEY, {"birthdate"}),
        (Privacy.ALL, set()),
    ],
)
def test_levels_hide_values(level, hidden):
    sample = previewed([planned(1)]).samples()[0]
    seen = discreet(sample, level)["changes"]
    assert {name for name, pair in seen.items() if "•••" in pair} == hidden
    assert "Иванов" in str(seen)


def test_a_field_nobody_placed_is_for_the_highest_level_only():
    sample = previewed([planned(1, UF_CRM_CONCIERGE_SECRET="x")]).samples()[0]
    assert discreet(sample, Privacy.MONEY)["changes"]["UF_CRM_CONCIERGE_SECRET"] == [None, "•••"]


def test_in_telegram_names_are_masked():
    seen = discreet(previewed([planned(1)]).samples()[0], Privacy.ALL, masked=True)
    assert "Иванов" not in str(seen)
    assert mask("Иванов Иван, 12.08–15.08.2026, № 305") == "И••• И•••, 12.08–15.08.2026, № 305"


# --- applying ------------------------------------------------------------------------------------------------


@pytest.fixture
async def lab(sqlite_url, clock, tmp_path):
    database = Database.open(sqlite_url)
    yield await open_lab(database, clock, tmp_path, forum=True)
    await database.close()


def rehearsed(moved=False):
    preview = previewed([planned(1, known=Known(5, {"phones": ["+79990001122"]}))])
    return Report(
        3,
        "GRAND",
        Counts(fetched=10, updated=1, unchanged=9),
        2.0,
        dry=True,
        fresh_at=datetime(2026, 11, 20, 6, 42, tzinfo=UTC),
        samples=preview.samples(),
        kinds=preview.counts,
        fingerprint=preview.fingerprint,
        moved=moved,
    )


async def run(lab, report):
    async def execute(_order, _lease):
        return report

    lab.syncs.execute = execute
    assert await lab.syncs.work() == 1
    await lab.settle()


async def waiting(lab):
    async with lab.db.reading() as tx:
        return await work_orders.pending(tx, lab.portal.id, "sync")


async def test_a_manager_sees_contacts_alone_and_not_in_a_group(lab):
    marina = lab.staff("4")
    await marina.writes("/sync dry")
    await run(lab, rehearsed())
    private = marina.reads("проверка без записи")
    assert "Телефоны: +79990001122 → +79001112233" in private.text
    assert "День рождения: — → •••" in private.text
    await marina.writes("/sync dry", to=HOTEL_GROUP)
    await run(lab, rehearsed())
    group = marina.reads("проверка без записи", at=HOTEL_GROUP)
    assert "+79" not in group.text
    assert "Телефоны: изменится (значение скрыто)" in group.text


async def test_telegram_is_masked(lab):
    phone = await lab.linked("4", "5003")
    await phone.writes("/sync dry")
    await run(lab, rehearsed())
    shown = phone.reads("проверка без записи")
    assert "+79" not in shown.text
    assert "Иванов" not in shown.text


async def test_apply_orders_what_was_seen_once(lab):
    marina, pyotr = lab.staff("4"), lab.staff("2")
    await marina.writes("/sync dry", to=HOTEL_GROUP)
    await run(lab, rehearsed())
    preview = marina.reads("Кнопка работает до", at=HOTEL_GROUP)
    await pyotr.presses("Применить (1)", at=HOTEL_GROUP)  # support may, whoever has asked for it
    (order,) = await waiting(lab)
    assert order.params["mode"] == "apply"
    assert order.params["preview"]["fingerprint"] == rehearsed().fingerprint
    shown = next(one for one in marina.messages(HOTEL_GROUP) if one.id == preview.id)
    assert not shown.labels
    assert "Применено" in shown.text
    await marina.presses_old(preview, "Применить (1)", at=HOTEL_GROUP)
    marina.reads("уже применена", at=HOTEL_GROUP)
    assert len(await waiting(lab)) == 1


async def test_the_front_desk_may_not_apply(lab):
    marina, olga = lab.staff("4"), lab.staff("5")
    await marina.writes("/sync dry", to=HOTEL_GROUP)
    await run(lab, rehearsed())
    await olga.presses("Применить (1)", at=HOTEL_GROUP)
    olga.reads("Синхронизацию запускают управляющие и поддержка", at=HOTEL_GROUP)
    assert not await waiting(lab)


async def test_after_half_an_hour_it_is_over(lab):
    marina = lab.staff("4")
    await marina.writes("/sync dry")
    await run(lab, rehearsed())
    lab.clock.push(minutes=31)
    await marina.presses("Применить (1)")
    marina.reads("Проба старше 30 минут")
    assert not await waiting(lab)


async def test_data_that_moved_are_shown_anew_with_their_own_button(lab):
    marina = lab.staff("4")
    await marina.writes("/sync dry")
    await run(lab, rehearsed())
    await marina.presses("Применить (1)")
    await run(lab, rehearsed(moved=True))
    shown = marina.reads("данные успели измениться")
    assert shown.labels == ["Применить (1)"]
    await marina.presses("Применить (1)")
    (order,) = await waiting(lab)
    assert order.params["mode"] == "apply"


async def test_what_was_cut_off_is_not_called_unwritten(lab):
    marina = lab.staff("4")
    await marina.writes("/sync dry")
    await run(lab, rehearsed())
    await marina.presses("Применить (1)")
    await run(lab, replace(rehearsed(moved=True), cut=True))
    shown = marina.reads("запись прервалась вместе со службой")
    assert "ничего не записал" not in shown.text
    assert shown.labels == ["Применить (1)"]


async def test_an_order_that_is_no_rehearsal_can_not_be_applied(lab):
    marina = lab.staff("4")
    await marina.writes("/sync")
    await run(lab, Report(1, "GRAND", Counts(fetched=1, updated=1), 1.0))
    await marina.forges(f"s:apply:{lab.portal.hotels[0].id}:1")
    marina.reads("Этой пробы больше нет")
    await marina.forges(f"s:apply:{lab.portal.hotels[0].id}:99")
    marina.reads("Этой пробы больше нет")
    assert not await waiting(lab)


async def test_a_rehearsal_changes_no_schedule_and_no_report(lab):
    work = Work(lab)
    await work.ends(rehearsed())
    assert not lab.staff("4").messages()


async def test_the_night_takes_guests_out_of_old_rehearsals(lab):
    marina = lab.staff("4")
    await marina.writes("/sync dry")
    await run(lab, rehearsed())
    await lab.house.clockwork.tidy()
    async with lab.db.reading() as tx:
        assert (await work_orders.load(tx, 1)).result["samples"]
    lab.clock.push(minutes=60 * 25)
    await lab.house.clockwork.tidy()
    async with lab.db.reading() as tx:
        result = (await work_orders.load(tx, 1)).result
    assert (result["samples"], result["updated"]) == ([], 1)
