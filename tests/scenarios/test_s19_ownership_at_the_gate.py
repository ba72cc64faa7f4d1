"""S19, who may market to whom: the shops to who bought in a shop, the online shop to who bought online.

identity has the purchases, segmentation keeps who bought where, a policy for each unit names the segment, and the
gate decides. The segments are there, and were computed, before any policy names them.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from support import segmentation_words as w
from support.delivery.adapter import Told, told_registry
from support.delivery.shop import TRANSACTIONAL, Shop
from support.people import event, ingest, put, upsert
from support.server import serving
from tidegate.api.delivery.v1 import policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.segmentation.v1 import segments_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder
from tidegate.segmentation.service import build as build_segmentation

WORLDS = ("shop", "online")
NOT_OWNER = "dropped:not_owner"


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Shop]:
    """A company that sells in shops and online, with a segment for who bought in each world."""
    told = Told()
    builders: dict[str, Builder] = {
        "identity": build_identity,
        "segmentation": build_segmentation,
        "delivery": partial(build, registry=told_registry(told)),
    }
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Shop(suite, clock, told)


def segments(shop: Shop) -> None:
    stub = shop.suite.stub("segmentation", SegmentationServiceStub)
    for world in WORLDS:
        bought = w.event(w.events("order_paid", filters={"world": w.compare("EQUAL", world)}))
        segment = segments_pb2.Segment(segment_id=f"bought-{world}", rule=bought)
        stub.CreateSegment(segments_pb2.CreateSegmentRequest(segment=segment))
    shop.suite.settle()


def owns(shop: Shop, unit: str, segment_id: str) -> policies_pb2.OwnershipPolicy:
    policy = policies_pb2.OwnershipPolicy(
        ownership_policy_id=f"{unit}.{segment_id}", sender_unit=unit, segment_id=segment_id
    )
    made = shop.policies.CreateOwnershipPolicy(pb.CreateOwnershipPolicyRequest(ownership_policy=policy))
    return made.ownership_policy


def bought(shop: Shop, number: int, world: str) -> None:
    """The shop's customer of that number buys something."""
    shop.clock.advance(timedelta(minutes=1))
    order = event(f"{world}-{number}", f"member_id m{number}", source=world, properties={"world": world})
    ingest(shop.identity, order)


def sent(shop: Shop, customer_id: int, *units: str) -> list[str]:
    """What becomes of a message of each unit to the customer."""
    shop.suite.settle()
    return [shop.state_of(one) for one in shop.send(*(shop.message(customer_id, sender_unit=unit) for unit in units))]


def test_s19_each_unit_markets_to_its_own(shop: Shop) -> None:
    both, shopper, buyer, nobody = shop.customers(4)
    for number, worlds in enumerate((WORLDS, ("shop",), ("online",), ())):
        for world in worlds:
            bought(shop, number, world)
    segments(shop)
    for world in WORLDS:
        owns(shop, world, f"bought-{world}")
    assert sent(shop, both, *WORLDS) == ["sent", "sent"]
    assert sent(shop, shopper, *WORLDS) == ["sent", NOT_OWNER]
    assert sent(shop, buyer, *WORLDS, "head-office") == [NOT_OWNER, "sent", "sent"]
    assert sent(shop, nobody, *WORLDS) == [NOT_OWNER, NOT_OWNER]
    [service, refused] = shop.send(
        shop.message(buyer, sender_unit="shop", message_class=TRANSACTIONAL), shop.message(buyer, sender_unit="shop")
    )
    assert shop.state_of(service) == "sent"
    assert shop.state_of(refused) == NOT_OWNER
    assert "shop may market to bought-shop, where they are not" in shop.explain(refused).summary
    bought(shop, 2, "shop")
    assert sent(shop, buyer, *WORLDS) == ["sent", "sent"]
    ingest(shop.identity, event("online-5", "email five@example.com", properties={"world": "online"}))
    assert sent(shop, shopper, *WORLDS) == ["sent", NOT_OWNER]
    put(shop.identity, upsert("member_id m1", "email five@example.com"))
    assert sent(shop, shopper, *WORLDS) == ["sent", "sent"]


def test_s19_a_policy_for_a_segment_that_nobody_has_told_of_stops_no_other_unit(shop: Shop) -> None:
    [customer_id] = shop.customers(1)
    owns(shop, "shop", "bought-shop")
    waits, goes = shop.send(shop.message(customer_id, sender_unit="shop"), shop.message(customer_id))
    assert shop.state_of(goes) == "sent"
    assert "segmentation has not told yet who is in bought-shop" in shop.explain(waits).summary
    bought(shop, 0, "shop")
    segments(shop)
    assert shop.state_of(waits) == "sent"
