"""The mapping as data: the default as it always was, a hotel's own over it, faults by place, transforms by table."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.guests import Profile, ProfileKind
from domain.ledger import totals
from domain.mapping import (
    FIELDS,
    KEYS_FIELD,
    STAGES,
    Beside,
    MappingError,
    default_mapping,
    default_text,
    map_profile,
    map_stay,
    read,
)
from domain.mapping.sources import Case, Kind
from domain.mapping.transforms import REGISTRY, BadStep, chain
from domain.plan import Owner
from domain.portal import Hotel
from domain.stays import Money, Posting, PostingKind, Stay, StayState

HOTEL = Hotel(1, "GRAND", "Гранд Отель")
STAGE_IDS = {stage.code: f"C1:{stage.code}" for stage in STAGES}
RUB = "RUB"
GUEST = Profile(
    "100",
    ProfileKind.INDIVIDUAL,
    last_name="ЩЕРБАКОВА",
    first_name="юлия",
    phones=("8 (916) 123-45-67, +7 495 123-45-68", "0000000"),
    emails=("Julia@Hotel-Guest.ru; no@mail.ru; 123@guest.booking.com",),
    birthday=date(1990, 2, 3),
    vip="V1",
    no_mailing=True,
)
STAY = Stay(
    "9001",
    StayState.IN_HOUSE,
    date(2026, 11, 19),
    date(2026, 11, 22),
    profile_id="100",
    guest_name="ЩЕРБАКОВА ЮЛИЯ",
    room="305",
    market="COR",
    company_id="7",
    companion_ids=("101",),
    total=Money(Decimal("12345.60"), RUB),
    checked_in_at=datetime(2026, 11, 19, 23, 30, tzinfo=UTC),
)


def own(text):
    return replace(HOTEL, mapping=read(text, "mapping-grand.toml"))


def deal(hotel=HOTEL, stay=STAY, **beside):
    return map_stay(stay, hotel, 3, STAGE_IDS, Beside(**beside))


def faults(text):
    with pytest.raises(MappingError) as raised:
        read(text, "m.toml")
    return [(one.place, one.code) for one in raised.value.faults]


# --- the default ---------------------------------------------------------------------------------------------


def test_a_guest_becomes_a_contact_as_ever():
    wanted = map_profile(GUEST, HOTEL)
    assert wanted.entity == "contact"
    assert wanted.fields == {
        "name": "Юлия",
        "lastName": "Щербакова",
        "birthdate": "1990-02-03",
        KEYS_FIELD: ["GRAND:100"],
        "UF_CRM_CONCIERGE_VIP": "V1",
        "UF_CRM_CONCIERGE_LANGUAGE": "",
        "UF_CRM_CONCIERGE_NATIONALITY": "",
        "UF_CRM_CONCIERGE_NO_EMAIL": True,
    }
    assert wanted.phones == ("+79161234567", "+74951234568")
    assert wanted.emails == ("julia@hotel-guest.ru",)


def test_a_stay_becomes_a_deal_as_ever():
    wanted = deal()
    told = {
        name: wanted.fields[name] for name in ("title", "categoryId", "stageId", "opportunity", "currencyId")
    }
    assert told == {
        "title": "Щербакова Юлия, 19.11–22.11.2026, № 305",
        "categoryId": 3,
        "stageId": "C1:IN_HOUSE",
        "opportunity": "12345.60",
        "currencyId": RUB,
    }
    assert wanted.fields["begindate"] == wanted.fields["UF_CRM_CONCIERGE_ARRIVAL"] == "2026-11-19"
    assert wanted.fields["UF_CRM_CONCIERGE_FORECAST"] == "12345.60|RUB"
    assert "UF_CRM_CONCIERGE_ACTUAL" not in wanted.fields  # no folio is known
    assert wanted.links == {"contactIds": (("100", "101"), True), "companyId": (("7",), False)}


def test_the_six_stages_are_those_of_before():
    assert [(one.code, one.semantics) for one in STAGES] == [
        ("TENTATIVE", "process"),
        ("CONFIRMED", "process"),
        ("IN_HOUSE", "process"),
        ("CHECKED_OUT", "won"),
        ("CANCELLED", "lost"),
        ("NO_SHOW", "lost"),
    ]


@pytest.mark.parametrize("changes", [{"merged_into": "5"}, {"deleted": True}, {"kind": ProfileKind.OTHER}])
def test_merged_deleted_and_employees_stay_out(changes):
    assert map_profile(replace(GUEST, **changes), HOTEL) is None


def test_nameless_profiles_stay_out():
    assert map_profile(replace(GUEST, last_name=" ", first_name=""), HOTEL) is None
    assert map_profile(Profile("1", ProfileKind.COMPANY), HOTEL) is None


@pytest.mark.parametrize(
    ("changes", "included_by"),
    [
        ({"financial_account": True}, {"financial_accounts"}),
        ({"pseudo_room": True}, {"pseudo_rooms"}),
        ({"pseudo_room": True, "group": "Конгресс"}, {"pseudo_rooms", "group_masters"}),
    ],
)
def test_accounts_pseudo_rooms_and_group_masters_are_out_unless_set_in(changes, included_by):
    stay = replace(STAY, **changes)
    assert deal(stay=stay) is None
    for name in ("financial_accounts", "pseudo_rooms", "group_masters"):
        found = deal(own(f'[rules]\ninclude = ["{name}"]'), stay)
        assert (found is not None) == (name in included_by)


def test_day_use_is_a_stay_of_no_nights():
    assert deal(stay=replace(STAY, departure=STAY.arrival)).fields["UF_CRM_CONCIERGE_NIGHTS"] == 0


def test_a_day_is_never_moved_by_a_time_zone():
    far = replace(HOTEL, timezone="Pacific/Kiritimati")
    assert deal(far).fields["UF_CRM_CONCIERGE_ARRIVAL"] == "2026-11-19"


def test_who_shares_the_room_is_linked_after_the_own_guest():
    found = deal(sharers=("200", "100"))
    assert found.links["contactIds"] == (("100", "101", "200"), True)
    alone = deal(own("[rules]\nlink_sharers = false"), sharers=("200",))
    assert alone.links["contactIds"] == (("100", "101"), True)


# --- a hotel's own -------------------------------------------------------------------------------------------


def test_a_file_names_only_what_differs():
    hotel = own('[contact.lastName]\nowner = "if_new"\n[contact.birthdate]\nowner = "never"')
    wanted = map_profile(GUEST, hotel)
    assert wanted.fields["lastName"] == "Щербакова"
    assert wanted.owners.of("lastName") is Owner.IF_NEW
    assert wanted.owners.of("name") is Owner.OVERWRITE
    assert "birthdate" not in wanted.fields


def test_another_source_forgets_the_defaults_transforms():
    hotel = own('[contact.lastName]\nfrom = "name2"')
    assert map_profile(replace(GUEST, name2="SHCHERBAKOVA"), hotel).fields["lastName"] == "SHCHERBAKOVA"


def test_own_fields_of_all_kinds_are_made_and_others_only_used():
    hotel = own(
        """
        [deal.UF_CRM_CONCIERGE_GUEST_VIP]
        from = "guest.vip"
        title = "VIP гостя"
        [deal.UF_CRM_CONCIERGE_CHECKED_IN]
        from = "checked_in_at"
        [deal.UF_CRM_SEGMENT]
        from = "market"
        as = { map = { COR = "Корпоративный" }, default = "Прочее" }
        [deal.comments]
        template = "{room_type} {arrival:%d.%m} {guest.full_name}"
        """
    )
    fields = deal(hotel, guest=GUEST).fields
    assert fields["UF_CRM_CONCIERGE_GUEST_VIP"] == "V1"
    assert fields["UF_CRM_CONCIERGE_CHECKED_IN"] == "2026-11-20T02:30:00+03:00"
    assert fields["UF_CRM_SEGMENT"] == "Корпоративный"
    assert fields["comments"] == " 19.11 Щербакова Юлия"
    made = {spec.name: spec for spec in hotel.mapping.specs if spec not in FIELDS}
    assert {name: one.type for name, one in made.items()} == {
        "CONCIERGE_GUEST_VIP": "string",
        "CONCIERGE_CHECKED_IN": "datetime",
    }
    assert made["CONCIERGE_GUEST_VIP"].titles == {"ru": "VIP гостя", "en": "VIP гостя"}
    used = {(use.entity, use.name) for use in hotel.mapping.uses}
    assert {("deal", "UF_CRM_SEGMENT"), ("deal", "comments"), ("contact", "lastName")} <= used
    assert hotel.mapping.needs_guest
    assert not HOTEL.mapping.needs_guest


def test_the_responsible_is_the_first_rule_that_fits():
    hotel = own(
        """
        [[responsible]]
        when = { market = ["COR", "GRP"], "guest.vip" = "V1" }
        user = 7
        [[responsible]]
        when = { vip = "V1" }
        user = 8
        for = ["contact"]
        [[responsible]]
        user = 9
        """
    )
    assert deal(hotel, guest=GUEST).fields["assignedById"] == 7
    assert deal(hotel, guest=replace(GUEST, vip="")).fields["assignedById"] == 9
    assert map_profile(GUEST, hotel).fields["assignedById"] == 8
    assert "assignedById" not in map_profile(replace(GUEST, vip=""), hotel).fields
    assert "assignedById" not in deal().fields
    assert deal(hotel).owners.of("assignedById") is Owner.IF_NEW


def test_states_may_share_a_stage_and_use_one_of_the_peoples():
    hotel = own('[stages.no_show]\ncode = "CANCELLED"\nname = "Отменено"\ncolor = "#F1361B"\nsort = 50')
    assert hotel.mapping.stage_of[StayState.NO_SHOW] == "CANCELLED"
    assert len(hotel.mapping.stages) == 5
    used = own('[stages.confirmed]\nuse = "Предоплата"').mapping.stages[1]
    assert used.use == "Предоплата"


@pytest.mark.parametrize(
    ("rule", "state", "worth"),
    [
        ("forecast", StayState.CHECKED_OUT, "12345.60"),
        ("actual", StayState.IN_HOUSE, "800"),
        ("actual_else_forecast", StayState.IN_HOUSE, "800"),
        ("actual_when_out", StayState.IN_HOUSE, "12345.60"),
        ("actual_when_out", StayState.CHECKED_OUT, "800"),
    ],
)
def test_the_amount_goes_by_its_rule(rule, state, worth):
    line = Posting("1", "9001", PostingKind.CHARGE, "2000", Money(Decimal(800), RUB), STAY.arrival)
    found = deal(own(f'[rules]\namount = "{rule}"'), replace(STAY, state=state), ledger=totals([line], RUB))
    assert found.fields["opportunity"] == worth
    assert found.fields["UF_CRM_CONCIERGE_FORECAST"] == "12345.60|RUB"
    assert found.fields["UF_CRM_CONCIERGE_ACTUAL"] == "800.00|RUB"


def test_without_a_folio_the_forecast_is_all_there_is():
    assert deal(own('[rules]\namount = "actual_else_forecast"')).fields["opportunity"] == "12345.60"
    assert deal(own('[rules]\namount = "actual"')).fields["opportunity"] == "0"


def test_the_version_is_of_the_content_not_of_the_file():
    assert read("", "a.toml").version == default_mapping().version == read(default_text(), "b.toml").version
    assert read("[rules]\ntimeline = false", "a.toml").version != default_mapping().version


# --- faults --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("[contact", "", "toml"),
        ('[contact.lastName]\nowner = "often"', "[contact.lastName] owner", "choice"),
        ("[contact.lastName]\nown = 1", "[contact.lastName] own", "unknown-key"),
        ("[guests]", "[guests]", "unknown-key"),
        ('[rules]\namount = "most"', "[rules] amount", "choice"),
        ("[contact.X]\nowner = 'if_new'", "[contact.X]", "from-or-template"),
        ('[contact.lastName]\nfrom = "surname"', "[contact.lastName] from", "source-unknown"),
        ('[deal.title]\ntemplate = "{guests_name}"', "[deal.title] template", "source-unknown"),
        ('[deal.title]\ntemplate = "{room"', "[deal.title] template", "template"),
        ('[deal.title]\ntemplate = "{room:%d}"', "[deal.title] template", "template-format"),
        ('[contact.name]\nas = "capital"', "[contact.name] as", "transform-unknown"),
        ('[contact.name]\nas = { cut = "x" }', "[contact.name] as", "transform-parameter"),
        ("[contact.name]\nas = { cut = 5, upper = 1 }", "[contact.name] as", "transform-shape"),
        ('[deal.begindate]\nas = "upper"', "[deal.begindate] as", "transform-kind"),
        ('[contact.phones]\nfrom = "vip"', "[contact.phones] as", "multifield"),
        ('[contact.id]\nfrom = "vip"', "[contact.id]", "field-ours"),
        ('[contact."UF crm"]\nfrom = "vip"', "[contact.UF crm]", "field-name"),
        (f'[deal.{KEYS_FIELD}]\nfrom = "room"', f"[deal.{KEYS_FIELD}]", "fixed-field"),
        ('[deal.contactIds]\nowner = "never"', "[deal.contactIds]", "fixed-field"),
        ('[deal.title]\nfrom = "stage"', "[deal.title] from", "fixed-source"),
        (
            '[deal.UF_CRM_CONCIERGE_X]\nfrom = "nights"\ntype = "date"',
            "[deal.UF_CRM_CONCIERGE_X] type",
            "type-kind",
        ),
        ('[stages.confirmed]\ncolor = "red"', "[stages.confirmed] color", "form"),
        ('[stages.no_show]\ncode = "CANCELLED"', "[stages.no_show] code", "stage-twice"),
        ('[rules]\npipeline = "{code}"', "[rules] pipeline", "pipeline-name"),
        ('[[responsible]]\nwhen = { vips = "1" }\nuser = 2', "[responsible 1] when.vips", "source-unknown"),
        ('[[responsible]]\nuser = "Anna"', "[responsible.1] user", "number"),
        ("version = 2", "version", "choice"),
    ],
)
def test_each_fault_names_its_place(text, place, code):
    assert (place, code) in faults(text)


def test_all_faults_are_told_at_once():
    text = '[contact.name]\nas = "capital"\n[deal.title]\nfrom = "nobody"\n[deal.comments]\nfrom = "nothing"'
    assert len(faults(text)) == 3


# --- transforms ----------------------------------------------------------------------------------------------


def run(steps, value, kind=Kind.TEXT):
    found, _ = chain(steps if isinstance(steps, list) else [steps], kind)
    return found(value, Case(HOTEL))


@pytest.mark.parametrize(
    ("steps", "kind", "value", "result"),
    [
        ("text", Kind.TEXT, "  а   б ", "а б"),
        ("upper", Kind.TEXT, "ёж", "ЁЖ"),
        ("lower", Kind.TEXTS, ("A", "B"), ("a", "b")),
        ("name_case", Kind.TEXT, "ИВАНОВ-ПЕТРОВ", "Иванов-Петров"),
        ({"cut": 3}, Kind.TEXT, "аб в", "аб"),
        ("phone_e164", Kind.TEXTS, ("8 916 123 45 67", "0000000"), ("+79161234567",)),
        ("email", Kind.TEXT, "A@b.ru; no@mail.ru", ("a@b.ru",)),
        ("date", Kind.DATE, date(2026, 1, 2), "2026-01-02"),
        ({"date": "%d.%m.%Y"}, Kind.MOMENT, datetime(2026, 1, 1, 22, tzinfo=UTC), "02.01.2026"),
        ("time", Kind.MOMENT, datetime(2026, 1, 1, 22, tzinfo=UTC), "01:00"),
        ({"as_date": "%d.%m.%Y"}, Kind.TEXT, "03.02.1990", date(1990, 2, 3)),
        ({"as_date": "%d.%m.%Y"}, Kind.TEXT, "02/03/1990", None),
        ("number", Kind.TEXT, "1 234,50", Decimal("1234.50")),
        ("number", Kind.TEXT, "много", None),
        ("money_amount", Kind.MONEY, Money(Decimal("1.50"), "EUR"), "1.50"),
        ("currency", Kind.MONEY, Money(Decimal("1.50"), "EUR"), "EUR"),
        ("bool", Kind.TEXT, "Да", True),
        ({"bool": ["V1"]}, Kind.TEXT, "v1", True),
        ("not", Kind.BOOL, True, False),
        ({"map": {"A": "Б"}}, Kind.TEXT, "A", "Б"),
        ({"map": {"A": "Б"}}, Kind.TEXT, "C", "C"),
        ({"map": {"A": "Б"}, "default": ""}, Kind.TEXT, "C", ""),
        ({"concat": ", "}, Kind.TEXTS, ("a", "", "b"), "a, b"),
        ("first_of", Kind.TEXTS, (" ", "b", "c"), "b"),
        ("cyrillic_first", Kind.TEXTS, ("IVANOV", "Иванов"), "Иванов"),
        ("cyrillic_first", Kind.TEXTS, ("", "IVANOV", "MULLER"), "IVANOV"),
        ({"list": ";"}, Kind.TEXT, "a; b;", ("a", "b")),
        ({"default": "нет"}, Kind.TEXT, "", "нет"),
        ({"default": "нет"}, Kind.TEXT, None, "нет"),
        (["upper", {"cut": 1}], Kind.TEXT, None, None),
    ],
)
def test_transforms_do_what_they_are_called(steps, kind, value, result):
    assert run(steps, value, kind) == result


SAMPLES = {
    Kind.TEXT: st.text(max_size=40),
    Kind.TEXTS: st.lists(st.text(max_size=20), max_size=3).map(tuple),
    Kind.NUMBER: st.integers(-(10**9), 10**9),
    Kind.DATE: st.dates(),
    Kind.MOMENT: st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),
    Kind.MONEY: st.decimals(-(10**6), 10**6, places=2).map(lambda amount: Money(amount, "RUB")),
    Kind.BOOL: st.booleans(),
}
PARAMETERS = {
    "cut": 5, "as_date": "%d.%m.%Y", "map": {"a": "b"}, "concat": " ", "list": ",", "default": "x",
}  # fmt: skip
GIVES = {
    Kind.TEXT: str, Kind.TEXTS: tuple, Kind.NUMBER: (int, Decimal), Kind.DATE: date, Kind.MOMENT: datetime,
    Kind.MONEY: Money, Kind.BOOL: bool,
}  # fmt: skip


@given(st.data())
def test_every_transform_takes_all_it_says_and_gives_what_it_says(data):
    name = data.draw(st.sampled_from(sorted(REGISTRY)))
    kind = data.draw(st.sampled_from(sorted(REGISTRY[name].takes)))
    step = {name: PARAMETERS[name]} if name in PARAMETERS else name
    found, gives = chain([step], kind)
    value = data.draw(SAMPLES[kind])
    result = found(value, Case(HOTEL))
    assert result is None or isinstance(result, GIVES[gives])
    if name in {
        "text",
        "upper",
        "lower",
        "name_case",
        "cut",
        "phone_e164",
        "email",
    }:  # doing it twice is no more
        twice, _ = chain([step, step], kind)
        assert twice(value, Case(HOTEL)) == result or name in {"upper", "lower", "name_case"}


def test_a_chain_is_checked_link_by_link():
    with pytest.raises(BadStep) as raised:
        chain(["phone_e164", {"cut": 3}], Kind.TEXT)
    assert raised.value.code == "transform-kind"
    with pytest.raises(BadStep):
        chain(["upper"] * 11, Kind.TEXT)
