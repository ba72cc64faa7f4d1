"""Tags and consents through the contract."""

import grpc
import pytest
from support.people import at, customer, put, upsert, who
from tidegate.api.identity.v1 import consents_pb2, tags_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.identity.v1.references_pb2 import CustomerChangeResult

GRANTED, DENIED = consents_pb2.DECISION_GRANTED, consents_pb2.DECISION_DENIED


def tag(identity: IdentityServiceStub, reference: int | str, *tags: str, time: float) -> CustomerChangeResult:
    request = tags_pb2.TagCustomersRequest(
        customers=[tags_pb2.CustomerTags(customer=who(reference), tags=tags)], source="desk", time=at(time)
    )
    return identity.TagCustomers(request).results[0]


def untag(
    identity: IdentityServiceStub, reference: int | str, *tags: str, time: float | None = None
) -> CustomerChangeResult:
    request = tags_pb2.UntagCustomersRequest(
        customers=[tags_pb2.CustomerTags(customer=who(reference), tags=tags)],
        source="desk",
        time=None if time is None else at(time),
    )
    return identity.UntagCustomers(request).results[0]


def tags_of(identity: IdentityServiceStub, reference: int | str) -> list[str]:
    return [applied.tag for applied in customer(identity, reference).tags]


def decide(identity: IdentityServiceStub, *decisions: consents_pb2.Consent) -> CustomerChangeResult:
    customers = [consents_pb2.CustomerConsents(customer=who(1), consents=decisions)]
    return identity.SetConsents(consents_pb2.SetConsentsRequest(customers=customers)).results[0]


def decision(made: consents_pb2.Decision, time: float, **fields: str) -> consents_pb2.Consent:
    return consents_pb2.Consent(purpose="marketing", decision=made, time=at(time), **fields)


def in_force(identity: IdentityServiceStub, **fields: object) -> list[tuple[str, consents_pb2.Decision]]:
    request = consents_pb2.ListConsentsRequest(customer=who(1), **fields)  # type: ignore[arg-type]
    return [(consent.channel, consent.decision) for consent in identity.ListConsents(request).consents]


def test_tags_come_and_go_and_repeating_changes_nothing(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m"))
    assert tag(identity, "member_id m", "vip", "interest.model=x9", time=1).changed
    assert not tag(identity, 1, "vip", "interest.model=x9", time=1).changed
    assert tags_of(identity, 1) == ["interest.model=x9", "vip"]
    assert untag(identity, 1, "vip", "never-had", time=2).changed
    assert not untag(identity, 1, "vip", time=2).changed
    assert not tag(identity, 1, "vip", time=1).changed
    assert tags_of(identity, 1) == ["interest.model=x9"]
    assert tag(identity, 1, "vip", time=3).changed


def test_tagging_somebody_unknown_creates_nobody(identity: IdentityServiceStub) -> None:
    result = tag(identity, "phone 13800138000", "vip", time=1)
    assert result.error.reason == "CUSTOMER_NOT_FOUND"
    with pytest.raises(grpc.RpcError):
        customer(identity, 1)


def test_an_exclusive_group_keeps_the_newest_also_over_a_merge(identity: IdentityServiceStub) -> None:
    group = tags_pb2.TagGroup(group_id="stage", exclusive=True)
    identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))
    put(identity, upsert("phone 13800138000", time=0), upsert("email li@shop.example", time=1))
    tag(identity, 1, "stage=growing", time=20)
    tag(identity, 1, "stage=new", time=10)
    assert tags_of(identity, 1) == ["stage=growing"]
    tag(identity, 2, "stage=mature", "vip", time=30)
    put(identity, upsert("phone 13800138000", "email li@shop.example", time=40))
    assert tags_of(identity, 1) == ["stage=mature", "vip"]


def test_a_closed_group_refuses_other_tags_and_names_them(identity: IdentityServiceStub) -> None:
    group = tags_pb2.TagGroup(group_id="tier", closed=True, names=["gold"])
    identity.CreateTagGroup(tags_pb2.CreateTagGroupRequest(tag_group=group))
    put(identity, upsert("member_id m"))
    assert tag(identity, 1, "tier=gold", time=1).changed
    result = tag(identity, 1, "tier=gold", "tier=tin", time=1)
    assert result.error.field_violations[0].field == "customers[0].tags[1]"


def test_tags_in_use_are_counted(identity: IdentityServiceStub) -> None:
    put(identity, *(upsert(f"member_id m-{i}", add_tags=["all", f"half={i % 2}"]) for i in range(4)))
    untag(identity, 1, "all")
    listed = identity.ListTags(tags_pb2.ListTagsRequest()).tags
    assert {usage.tag: usage.customer_count for usage in listed} == {"all": 3, "half=0": 2, "half=1": 2}
    (first,) = identity.ListTags(tags_pb2.ListTagsRequest(group_id="half", page_size=1)).tags
    assert first.tag == "half=0"


def test_the_newest_decision_is_in_force_and_a_tie_is_a_denial(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m"))
    assert decide(identity, decision(GRANTED, 10), decision(GRANTED, 10, channel="sms")).changed
    assert not decide(identity, decision(GRANTED, 10)).changed
    assert not decide(identity, decision(DENIED, 5)).changed
    assert decide(identity, decision(DENIED, 10, channel="sms")).changed
    assert set(in_force(identity)) == {("", GRANTED), ("sms", DENIED)}
    history = in_force(identity, include_history=True)
    assert history == [("sms", GRANTED), ("sms", DENIED), ("", GRANTED), ("", DENIED)]


def test_decisions_go_by_pages(identity: IdentityServiceStub) -> None:
    put(identity, upsert("member_id m"))
    decide(identity, *(decision(GRANTED, i, channel=f"c{i}") for i in range(5)))
    for history in (False, True):
        request = consents_pb2.ListConsentsRequest(customer=who(1), include_history=history, page_size=2)
        seen = []
        while True:
            page = identity.ListConsents(request)
            seen += [consent.channel for consent in page.consents]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        assert seen == ["c4", "c3", "c2", "c1", "c0"]


def test_a_merge_takes_the_newest_decision_of_both(identity: IdentityServiceStub) -> None:
    put(
        identity,
        upsert("phone 13800138000", time=0, consents=[decision(GRANTED, 10)]),
        upsert("email li@shop.example", time=1, consents=[decision(DENIED, 20, proof="unsubscribed")]),
        upsert("phone 13800138000", "email li@shop.example", time=2),
    )
    assert in_force(identity) == [("", DENIED)]
    (consent,) = customer(identity, 1).consents
    assert consent.proof == "unsubscribed"
