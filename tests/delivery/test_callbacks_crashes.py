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
from support.sealed import opened
from tidegate.api.delivery.v1 import changes_pb2, messages_pb2, policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as policy_pb2
from tidegate.delivery.schema import FEED
from tidegate.delivery.store.tables import CALLBACKS, RECEIPTS
from tidegate.runtime.db import Database

START = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)
LAST, KILLS = (10, 20) if "TIDEGATE_FULL" in os.environ else (3, 2)
POINTS = [sign * number for number in range(1, LAST + 1) for sign in (1, -1)]


def test_what_was_answered_has_its_effect_once_whenever_the_process_dies(tmp_path: Path, database_url: str) -> None:
    with vendors_of(tmp_path, database_url, start=START, rounds=len(POINTS) + KILLS) as vendors:
        died = [vendors.dies(point) for point in POINTS]
        assert died.count(True) >= len(POINTS) / 2
        for _ in range(KILLS):
            vendors.dies(0)
        with delivery(tmp_path, vendors.orders, vendors.clock) as suite:
            vendors.clouds.shop.moves_to(suite)
            with opened(suite.process.settings, "delivery") as database:
                bring_to_an_end(vendors, database)
                check_messages(vendors, database)
                check_people(vendors, database)


def bring_to_an_end(vendors: Vendors, database: Database) -> None:
    """All is told, and all that was stored is applied."""
    deadline = time.monotonic() + 60
    while not vendors.is_told or waiting(database):
        assert time.monotonic() < deadline, f"{waiting(database)} callbacks wait"
        vendors.clock.advance(timedelta(minutes=10))
        vendors.tell_again()
        vendors.clouds.shop.suite.settle()
    with database.read() as connection:
        assert set(connection.scalars(sa.select(CALLBACKS.c.state))) == {"done"}


def waiting(database: Database) -> int:
    with database.read() as connection:
        return connection.scalars(
            sa.select(sa.func.count()).select_from(CALLBACKS).where(CALLBACKS.c.state == "waiting")
        ).one()


def check_messages(vendors: Vendors, database: Database) -> None:
    """Each has the state of its one receipt, and moved there once."""
    shop = vendors.clouds.shop
    assert {one: state_name(shop.get(one)) for one in vendors.fates} == vendors.fates
    with database.read() as connection:
        receipts = connection.execute(sa.select(RECEIPTS.c.message_id, RECEIPTS.c.state)).all()
    once = dict.fromkeys(vendors.fates, 1)
    assert Counter(message_id for message_id, _ in receipts) == once
    assert {state for _, state in receipts} == {"applied"}
    changes = told(database)
    assert Counter(one.receipt_recorded.message_id for one in changes if one.HasField("receipt_recorded")) == once
    ends = (messages_pb2.MESSAGE_STATE_DELIVERED, messages_pb2.MESSAGE_STATE_BOUNCED)
    moved = [one.message_changed for one in changes if one.HasField("message_changed")]
    assert Counter(one.message_id for one in moved if one.state in ends) == once
    assert not vendors.clouds.aliyun.duplicates()


def check_people(vendors: Vendors, database: Database) -> None:
    """Each tap counts once, each refusal withdraws once, each dead number is suppressed once."""
    clouds = vendors.clouds
    left = {openid: clouds.left(customer_id, "mini", "sale") for openid, customer_id in vendors.tappers.items()}
    assert left == dict.fromkeys(vendors.tappers, vendors.round)
    refusing = [customer_id for customer_id, _ in vendors.refusing]
    withdrawn = [one.customer_id for one in told(database) if one.HasField("consent_withdrawn")]
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


def told(database: Database) -> list[changes_pb2.Change]:
    """All that delivery has announced, and of whom."""
    query = sa.select(FEED.entries.c.body, FEED.entries.c.customer_id).order_by(FEED.entries.c.position)
    with database.read() as connection:
        entries = connection.execute(query).all()
    changes = [changes_pb2.Change.FromString(body) for body, _ in entries]
    for change, (_, customer_id) in zip(changes, entries, strict=True):
        change.customer_id = customer_id
    return changes
