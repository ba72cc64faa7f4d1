"""Killed at each commit that stores, takes or applies callbacks, and at any moment: nothing is lost, nothing doubled.

More points are tried when TIDEGATE_FULL is set.
"""

import os
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from support.delivery.shop import state_name
from support.delivery.vendors import Vendors, delivery, vendors_of
from tidegate.api.delivery.v1 import changes_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.delivery.schema import FEED
from tidegate.delivery.store.tables import CALLBACKS, RECEIPTS

START = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)
LAST, KILLS = (10, 20) if "TIDEGATE_FULL" in os.environ else (4, 2)
APPLIED = 3
"""The commit by which the first callback is applied, behind those that store and take it: tried before a vendor has
anything to tell again.
"""
POINTS = [sign * number for number in sorted(range(1, LAST + 1), key=lambda one: one != APPLIED) for sign in (1, -1)]


def test_what_was_answered_has_its_effect_once_whenever_the_process_dies(tmp_path: Path, database_url: str) -> None:
    with vendors_of(tmp_path, database_url, start=START, rounds=len(POINTS) + KILLS) as vendors:
        died = [vendors.dies(point) for point in POINTS]
        assert died.count(True) >= len(POINTS) / 2
        for _ in range(KILLS):
            vendors.dies(0)
        with delivery(tmp_path, vendors.orders, vendors.clock) as suite:
            vendors.clouds.shop.moves_to(suite)
            bring_to_an_end(vendors)
            check_messages(vendors)
            check_people(vendors)


def bring_to_an_end(vendors: Vendors) -> None:
    """All is told, and all that was stored is applied."""
    deadline = time.monotonic() + 60
    while not vendors.is_told or vendors.waiting():
        assert time.monotonic() < deadline, f"{vendors.waiting()} callbacks wait"
        vendors.clock.advance(timedelta(minutes=10))
        vendors.tell_again()
        vendors.clouds.shop.suite.settle()
    with vendors.database.read() as connection:
        assert set(connection.scalars(sa.select(CALLBACKS.c.state))) == {"done"}


def check_messages(vendors: Vendors) -> None:
    """Each has the state of its one receipt, and moved there once."""
    shop = vendors.clouds.shop
    assert {one: state_name(shop.get(one)) for one in vendors.fates} == vendors.fates
    with vendors.database.read() as connection:
        receipts = connection.execute(sa.select(RECEIPTS.c.message_id, RECEIPTS.c.state)).all()
    once = dict.fromkeys(vendors.fates, 1)
    assert Counter(message_id for message_id, _ in receipts) == once
    assert {state for _, state in receipts} == {"applied"}
    changes = told(vendors)
    assert Counter(one.receipt_recorded.message_id for one in changes if one.HasField("receipt_recorded")) == once
    ends = (messages_pb2.MESSAGE_STATE_DELIVERED, messages_pb2.MESSAGE_STATE_BOUNCED)
    moved = [one.message_changed for one in changes if one.HasField("message_changed")]
    assert Counter(one.message_id for one in moved if one.state in ends) == once
    assert not vendors.clouds.aliyun.duplicates()


def check_people(vendors: Vendors) -> None:
    """Each tap counts once, each refusal withdraws once, each dead number is suppressed once."""
    clouds = vendors.clouds
    left = {openid: clouds.left(customer_id, "mini", "sale") for openid, customer_id in vendors.tappers.items()}
    assert left == dict.fromkeys(vendors.tappers, vendors.round)
    refusing = [customer_id for customer_id, _ in vendors.refusing]
    withdrawn = [one.customer_id for one in told(vendors) if one.HasField("consent_withdrawn")]
    assert Counter(withdrawn) == dict.fromkeys(refusing, 1)
    for customer_id in refusing:
        assert [one.name for one in clouds.events(customer_id)].count("message_answered") == 1
    request = policy_pb2.ListSuppressionsRequest(page_size=1_000)
    listed = clouds.shop.policies.ListSuppressions(request).suppressions
    causes = Counter(policies_pb2.SuppressionCause.Name(one.cause) for one in listed)
    assert causes == {
        "SUPPRESSION_CAUSE_UNSUBSCRIBE": len(refusing),
        "SUPPRESSION_CAUSE_HARD_BOUNCE": len(vendors.dead),
    }


def told(vendors: Vendors) -> list[changes_pb2.Change]:
    """All that delivery has announced, and of whom."""
    query = sa.select(FEED.entries.c.body, FEED.entries.c.customer_id).order_by(FEED.entries.c.position)
    with vendors.database.read() as connection:
        entries = connection.execute(query).all()
    changes = [changes_pb2.Change.FromString(body) for body, _ in entries]
    for change, (_, customer_id) in zip(changes, entries, strict=True):
        change.customer_id = customer_id
    return changes
