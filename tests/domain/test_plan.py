"""Who owns a field decides what is written: an algebra over wishes, snapshots and what stands in the CRM."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.plan import FACTS, Known, Owner, Owners, Step, comparable, is_blank, needs_look, plan

VALUES = st.sampled_from(["", "a", "b", "c", 0, 1, True, False])
NAMES = ["f1", "f2", "f3"]
FIELDS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, VALUES))
OWNERS = st.fixed_dictionaries(dict.fromkeys(NAMES, st.sampled_from(list(Owner)))).map(Owners)


def planned(fields, known, owners=None, **more):
    return plan("deal", "1", "concierge:GRAND", fields, None, None, known, owners or Owners(), **more)


def differs(wanted, standing, owners):
    """What Crm.drift tells of a standing item."""
    return {
        name: standing.get(name, "")
        for name, value in comparable(wanted, None, None, owners).items()
        if standing.get(name, "") != value
    }


@given(FIELDS, OWNERS)
def test_a_new_item_gets_all_but_what_people_alone_own(fields, owners):
    found = planned(fields, None, owners)
    assert found.step is Step.CREATE
    assert found.write.fields == {k: v for k, v in fields.items() if owners.of(k) is not Owner.NEVER}


@given(FIELDS, FIELDS, FIELDS, OWNERS)
def test_what_stands_after_a_read_back_is_what_each_owner_wants(wanted, before, standing, owners):
    """One read back brings the PMS's fields to the PMS's values, fills blanks, and touches nothing else."""
    known = Known(5, before, differs(wanted, standing, owners))
    after = {**standing, **planned(wanted, known, owners).write.fields}
    for name, value in wanted.items():
        was = standing.get(name, "")
        match owners.of(name):
            case Owner.OVERWRITE:
                assert after.get(name, "") == value
            case Owner.IF_EMPTY:
                assert after.get(name, "") == (value if is_blank(was) and not is_blank(value) else was)
            case _:
                assert after.get(name, "") == was
    assert {k for k in after if after[k] != standing.get(k, "")} <= set(wanted)
    settled = Known(5, wanted, differs(wanted, after, owners))
    assert planned(wanted, settled, owners).step is Step.UNCHANGED  # a second one finds nothing to do


@given(FIELDS, OWNERS)
def test_an_unchanged_record_needs_neither_write_nor_look(wanted, owners):
    known = Known(5, planned(wanted, None, owners).fields)
    assert planned(wanted, known, owners).step is Step.UNCHANGED
    assert not needs_look(wanted, None, None, known, owners)


@given(FIELDS, FIELDS, OWNERS)
def test_without_a_look_only_the_pmss_own_fields_are_written(wanted, before, owners):
    found = planned(wanted, Known(5, before), owners)
    assert set(found.write.fields) == {
        name
        for name, value in wanted.items()
        if owners.of(name) is Owner.OVERWRITE and (name not in before or before[name] != value)
    }


def test_phones_have_an_owner_too():
    owners = Owners({"phones": Owner.IF_EMPTY, "emails": Owner.IF_NEW})
    known = Known(5, {"phones": [], "emails": []})
    args = ("contact", "1", "o", {}, ("+7",), ("a@b.ru",))
    assert needs_look({}, ("+7",), None, known, owners)
    assert plan(*args, replace(known, differs={"phones": []}), owners).write.phones == ("+7",)
    theirs = plan(*args, replace(known, differs={"phones": ["+8"]}), owners)
    assert theirs.step is Step.UNCHANGED
    assert theirs.write.emails is None


def test_guests_that_people_added_to_a_deal_stay_and_ours_go_with_the_reservation():
    known = Known(5, {"contactIds": [1, 2]}, {"contactIds": [2, 1, 9]})
    assert planned({"contactIds": [1, 3]}, known).write.fields == {"contactIds": [1, 3, 9]}
    assert planned({"contactIds": [1, 2]}, known).step is Step.UNCHANGED
    assert needs_look({"contactIds": [1, 3]}, None, None, Known(5, {"contactIds": [1, 2]}))


def test_facts_for_the_timeline_are_kept_and_never_written():
    made = planned({"f1": "a"}, None, facts={"room": "305"})
    assert made.write.fields == {"f1": "a"}
    assert made.fields == {"f1": "a", FACTS: {"room": "305"}}
    assert made.facts_before is None
    moved = planned({"f1": "a"}, Known(5, made.fields), facts={"room": "410"})
    assert moved.step is Step.UNCHANGED
    assert moved.facts_before == {"room": "305"}
