"""Feeds are kept for as long as the settings say."""

from datetime import timedelta
from pathlib import Path

from support.feeds import changes
from support.people import event, ingest
from support.server import serving
from support.status import failure
from tidegate.api.identity.v1.changes_pb2 import ListChangesRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.runtime.clock import ManualClock


def test_what_is_older_than_the_days_of_the_feed_goes(tmp_path: Path, clock: ManualClock) -> None:
    with serving(tmp_path, "identity", clock=clock, feed_days=30) as suite:
        identity = suite.stub("identity", IdentityServiceStub)
        ingest(identity, event("1", "phone 13800138001"))
        clock.advance(timedelta(days=29))
        suite.settle()
        known = list(changes(identity, ListChangesRequest()))
        assert known
        ingest(identity, event("2", "phone 13800138002"))
        clock.advance(timedelta(days=2))
        suite.settle()
        assert failure(lambda: identity.ListChanges(ListChangesRequest())).reason == "FEED_PRUNED"
        after = ListChangesRequest(after_position=known[-1].position)
        assert list(changes(identity, after))


def test_feeds_are_kept_for_good_unless_somebody_says_otherwise(tmp_path: Path, clock: ManualClock) -> None:
    with serving(tmp_path, "identity", clock=clock) as suite:
        identity = suite.stub("identity", IdentityServiceStub)
        ingest(identity, event("1", "phone 13800138001"))
        clock.advance(timedelta(days=10_000))
        suite.settle()
        assert list(changes(identity, ListChangesRequest()))
