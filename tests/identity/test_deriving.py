"""What is derived from personal values: pure, and on the feed through the contract."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given
from hypothesis import strategies as st
from support.feeds import changes
from support.people import customer, event, ingest, put, upsert, value, who
from support.server import Suite, serving
from support.status import failure
from tidegate.api.identity.v1 import changes_pb2, definitions_pb2, merges_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.identity.deriving import derive, turns
from tidegate.identity.model import AttributeDefinition, AttributeType, Derivation, DerivedAttribute
from tidegate.runtime.clock import ManualClock, from_micros, micros

TEXT, DATE = definitions_pb2.ATTRIBUTE_TYPE_STRING, definitions_pb2.ATTRIBUTE_TYPE_DATE
MONTH_DAY, AGE_BAND = definitions_pb2.DERIVATION_MONTH_DAY, definitions_pb2.DERIVATION_AGE_BAND
DOMAIN = definitions_pb2.DERIVATION_DOMAIN
BAND = AttributeDefinition(
    name="birth_date",
    type=AttributeType.DATE,
    personal=True,
    derived=(DerivedAttribute("age_band", Derivation.AGE_BAND),),
)


@pytest.fixture
def suite(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Suite]:
    with serving(tmp_path, "identity", clock=clock, database_url=database_url) as running:
        yield running


@pytest.fixture
def identity(suite: Suite) -> IdentityServiceStub:
    return suite.stub("identity", IdentityServiceStub)


def derive_from(suite: Suite, name: str, **derived: int) -> definitions_pb2.AttributeDefinition:
    """Derives this and nothing else from an attribute, and waits until all customers are told anew."""
    definition = definitions_pb2.AttributeDefinition(name=name, derived=_derived(derived))
    mask = FieldMask(paths=["derived"])
    request = definitions_pb2.UpdateAttributeDefinitionRequest(attribute_definition=definition, update_mask=mask)
    updated = suite.stub("identity", IdentityServiceStub).UpdateAttributeDefinition(request).attribute_definition
    suite.settle()
    return updated


def define(identity: IdentityServiceStub, name: str, kind: int, personal: bool = True, /, **derived: int) -> None:
    definition = definitions_pb2.AttributeDefinition(
        name=name,
        type=kind,  # type: ignore[arg-type]
        personal=personal,
        derived=_derived(derived),
    )
    request = definitions_pb2.CreateAttributeDefinitionRequest(attribute_definition=definition)
    identity.CreateAttributeDefinition(request)


def _derived(derived: dict[str, int]) -> list[definitions_pb2.DerivedAttribute]:
    return [
        definitions_pb2.DerivedAttribute(name=name, derivation=derivation)  # type: ignore[arg-type]
        for name, derivation in derived.items()
    ]


def told(identity: IdentityServiceStub, after: int = 0) -> list[tuple[int, dict[str, str | None]]]:
    """What the feed tells of attributes: the customer, and texts by name, None where one was cleared."""
    request = changes_pb2.ListChangesRequest(after_position=after, kinds=["attributes_changed"])
    return [
        (
            change.customer_id,
            {
                name: given.string_value if given.HasField("string_value") else None
                for name, given in change.attributes_changed.changed.items()
            },
        )
        for change in changes(identity, request)
    ]


def head(identity: IdentityServiceStub) -> int:
    return identity.ListChanges(changes_pb2.ListChangesRequest()).head_position


def at_noon(text: str) -> int:
    return micros(datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC))


@pytest.mark.parametrize(
    ("derivation", "given", "expected"),
    [
        (Derivation.MONTH_DAY, "1990-02-28", "02-28"),
        (Derivation.AGE_BAND, "1990-10-01", "30-39"),
        (Derivation.AGE_BAND, "1996-10-01", "30-39"),
        (Derivation.AGE_BAND, "1996-10-02", "20-29"),
        (Derivation.AGE_BAND, "2026-10-01", "0-9"),
        (Derivation.AGE_BAND, "2026-10-02", None),
        (Derivation.AGE_BAND, "1896-10-02", "120-129"),
        (Derivation.AGE_BAND, "0001-01-01", None),
        (Derivation.DOMAIN, "li.lei@Shop.Example", "shop.example"),
        (Derivation.DOMAIN, "li@13800138000", None),
        (Derivation.DOMAIN, "Li Lei <li@shop.example>", None),
        (Derivation.DOMAIN, "a@b@shop.example", None),
        (Derivation.DOMAIN, "", None),
        (Derivation.MONTH_DAY, None, None),
    ],
)
def test_what_is_derived(derivation: Derivation, given: str | None, expected: str | None) -> None:
    assert derive(derivation, given, at_noon("2026-10-10")) == expected


@given(st.dates(date(1890, 1, 1), date(2030, 12, 31)), st.integers(0, 60_000))
def test_a_band_turns_at_the_instant_that_is_told_and_not_before(birth: date, days: int) -> None:
    now = at_noon("2026-10-10") + days * 86_400_000_000
    band, turn = derive(Derivation.AGE_BAND, str(birth), now), turns(BAND, str(birth), now)
    if turn is None:
        assert band is None
        assert (from_micros(now).date() - birth).days > 129 * 365
        return
    assert turn > now
    assert from_micros(turn).day == 1
    assert derive(Derivation.AGE_BAND, str(birth), turn - 1) == band
    assert derive(Derivation.AGE_BAND, str(birth), turn) != band


def test_derived_values_travel_and_personal_ones_do_not(suite: Suite, identity: IdentityServiceStub) -> None:
    define(identity, "work_mail", TEXT, employer=DOMAIN)
    updated = derive_from(suite, "birth_date", birthday=MONTH_DAY, age_band=AGE_BAND)
    assert [each.name for each in updated.derived] == ["birthday", "age_band"]
    put(
        identity,
        upsert(
            "member_id a",
            time=1,
            attributes={"birth_date": "1990-02-28", "work_mail": "li.lei@Shop.example", "city": "Wuhan"},
        ),
    )
    expected = {"birthday": "02-28", "age_band": "30-39", "employer": "shop.example", "city": "Wuhan"}
    assert told(identity) == [(1, expected)]
    assert "1990" not in str(list(changes(identity, changes_pb2.ListChangesRequest())))
    assert set(customer(identity, 1).attributes) == {"birth_date", "work_mail", "city"}


def test_only_what_is_different_of_it_is_told(suite: Suite, identity: IdentityServiceStub) -> None:
    define(identity, "work_mail", TEXT, employer=DOMAIN)
    derive_from(suite, "birth_date", birthday=MONTH_DAY, age_band=AGE_BAND)
    put(identity, upsert("member_id a", time=1, attributes={"work_mail": "li@a.example", "birth_date": "1990-02-28"}))
    start = head(identity)
    put(identity, upsert("member_id a", time=2, attributes={"work_mail": "lei@a.example"}))
    ingest(identity, event("1", "member_id a", time=3, attributes={"birth_date": "1991-02-28"}))
    assert told(identity, start) == []
    put(identity, upsert("member_id a", time=4, attributes={"work_mail": None, "birth_date": "2001-02-28"}))
    assert told(identity, start) == [(1, {"employer": None, "age_band": "20-29"})]
    put(identity, upsert("member_id a", time=5, attributes={"work_mail": "no address", "birth_date": None}))
    assert told(identity, start)[1:] == [(1, {"birthday": None, "age_band": None})]


def test_a_band_turns_with_time_for_all_of_a_month_at_once(
    suite: Suite, identity: IdentityServiceStub, clock: ManualClock
) -> None:
    derive_from(suite, "birth_date", birthday=MONTH_DAY, age_band=AGE_BAND)
    born = {"a": "1996-10-11", "b": "1996-10-31", "c": "1996-11-01", "d": "1996-11-02"}
    put(identity, *(upsert(f"member_id {each}", time=1, attributes={"birth_date": day}) for each, day in born.items()))
    start = head(identity)
    clock.advance(timedelta(days=21))  # 31 October
    suite.settle()
    assert told(identity, start) == []
    clock.advance(timedelta(days=1))
    suite.settle()
    turned = {customer_id: changed["age_band"] for customer_id, changed in told(identity, start)}
    assert turned == {1: "30-39", 2: "30-39", 3: "30-39"}
    start = head(identity)
    clock.advance(timedelta(days=30))
    suite.settle()
    clock.advance(timedelta(days=3600))
    suite.settle()
    assert [(i, changed["age_band"]) for i, changed in told(identity, start)] == [(4, "30-39")]
    clock.advance(timedelta(days=100))
    suite.settle()
    assert {i: changed["age_band"] for i, changed in told(identity, start)} == dict.fromkeys((1, 2, 3, 4), "40-49")


def test_a_band_that_turned_unnoticed_is_told_by_whoever_writes(
    suite: Suite, identity: IdentityServiceStub, clock: ManualClock
) -> None:
    derive_from(suite, "birth_date", age_band=AGE_BAND)
    put(identity, upsert("member_id a", time=1, attributes={"birth_date": "1996-10-20"}))
    clock.advance(timedelta(days=30))
    put(identity, upsert("member_id a", attributes={"birth_date": "1996-10-20"}))
    suite.settle()
    assert told(identity) == [(1, {"age_band": "20-29"}), (1, {"age_band": "30-39"})]


def test_another_list_is_told_of_all_customers(suite: Suite, identity: IdentityServiceStub, clock: ManualClock) -> None:
    attributes = {"birth_date": "1996-10-20"}
    put(identity, *(upsert(f"member_id m-{number}", time=1, attributes=attributes) for number in range(600)))
    put(identity, upsert("member_id cleared", time=1, attributes=attributes), upsert("member_id none", time=1))
    put(identity, upsert("member_id cleared", time=2, attributes={"birth_date": None}))
    derive_from(suite, "birth_date", age_band=AGE_BAND)
    assert told(identity) == [
        *((i, {"age_band": "20-29"}) for i in range(1, 601)),
        (601, {"age_band": None}),
    ]
    start = head(identity)
    clock.advance(timedelta(days=30))
    suite.settle()
    assert dict(told(identity, start)) == {i: {"age_band": "30-39"} for i in range(1, 601)}
    start = head(identity)
    derive_from(suite, "birth_date", birthday=MONTH_DAY)
    assert told(identity, start)[0] == (1, {"age_band": None, "birthday": "10-20"})
    start = head(identity)
    clock.advance(timedelta(days=3660))
    suite.settle()
    assert told(identity, start) == []


def test_derived_values_hold_over_a_merge_and_a_split(suite: Suite, identity: IdentityServiceStub) -> None:
    derive_from(suite, "birth_date", birthday=MONTH_DAY)
    put(
        identity,
        upsert("phone 13800138000", time=1, attributes={"birth_date": "1990-02-28"}),
        upsert("email li@shop.example", time=2, attributes={"birth_date": "1991-03-31"}),
        upsert("member_id c", time=3),
    )
    start = head(identity)
    identity.MergeCustomers(merges_pb2.MergeCustomersRequest(customers=[who(1), who(2)], reason="one"))
    identity.MergeCustomers(merges_pb2.MergeCustomersRequest(customers=[who(1), who(3)], reason="one"))
    assert told(identity, start) == [(1, {"birthday": "03-31"})]
    start = head(identity)
    identity.SplitCustomer(
        merges_pb2.SplitCustomerRequest(customer_id=1, original_customer_ids=[2], reason="two after all")
    )
    suite.settle()
    assert told(identity, start) == [(1, {"birthday": "02-28"}), (2, {"birthday": "03-31"})]


UNDERIVABLE: list[tuple[int, dict[str, int], str]] = [
    (DATE, {"a": DOMAIN}, "derived[0].derivation"),
    (TEXT, {"a": DOMAIN, "b": MONTH_DAY}, "derived[1].derivation"),
    (TEXT, {"a": AGE_BAND}, "derived[0].derivation"),
    (TEXT, {"a": 0}, "derived[0].derivation"),
    (TEXT, {"A": DOMAIN}, "derived[0].name"),
    (TEXT, {"city": DOMAIN}, "derived[0].name"),
    (TEXT, {"mine": DOMAIN}, "derived[0].name"),
    (TEXT, {"birthday": DOMAIN}, "derived[0].name"),
    (TEXT, {f"d{number}": DOMAIN for number in range(6)}, "derived"),
]


def test_what_cannot_be_derived(suite: Suite, identity: IdentityServiceStub, subtests: pytest.Subtests) -> None:
    derive_from(suite, "birth_date", birthday=MONTH_DAY)
    for kind, derived, field in UNDERIVABLE:
        with subtests.test(field=field):
            refused = failure(partial(define, identity, "mine", kind, **derived))
            assert list(refused.violations) == [f"attribute_definition.{field}"]


def test_nothing_is_derived_from_what_travels_itself(identity: IdentityServiceStub) -> None:
    refused = failure(lambda: define(identity, "mine", TEXT, False, domain=DOMAIN))
    assert list(refused.violations) == ["attribute_definition.derived"]


def test_a_name_that_was_derived_is_free_once_it_was_taken_back(suite: Suite, identity: IdentityServiceStub) -> None:
    derive_from(suite, "birth_date", birthday=MONTH_DAY)
    put(identity, upsert("member_id a", time=1, attributes={"birth_date": "1990-02-28"}))
    refused = failure(lambda: define(identity, "birthday", TEXT, False))
    assert list(refused.violations) == ["attribute_definition.name"]
    derive_from(suite, "birth_date")
    define(identity, "birthday", TEXT, False)
    put(identity, upsert("member_id a", time=2, attributes={"birthday": "in spring"}))
    assert [changed["birthday"] for _, changed in told(identity)] == ["02-28", None, "in spring"]
    assert customer(identity, 1).attributes["birthday"].value == value("in spring")
