"""The snapshot that gates read: each replica decides by what is in force in its own transaction."""

from collections.abc import Callable

import pytest
from support.delivery.vault import VAULT
from support.policies import DAY, Customer, Message, rows
from tidegate.api.journey.v1 import changes_pb2 as journey_pb2
from tidegate.api.journey.v1 import journeys_pb2
from tidegate.delivery.announce import Announcer
from tidegate.delivery.follow import apply_journey
from tidegate.delivery.policy.desk import exemption_desk, frequency_desk
from tidegate.delivery.policy.model import Exemption, FrequencyRule, Rolling, Span
from tidegate.delivery.policy.snapshot import Policies, PolicySnapshot
from tidegate.delivery.schema import FEED, METADATA
from tidegate.runtime.clock import ManualClock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import InvalidArgument
from tidegate.runtime.feed import Feed

ZONE = "Asia/Shanghai"


@pytest.fixture
def database(open_database: Callable[..., Database]) -> Database:
    opened = open_database(METADATA)
    Feed(opened, FEED).rebase()
    return opened


def current(database: Database, policies: Policies) -> PolicySnapshot:
    with database.read() as connection:
        return policies.in_force(connection)


def broken(database: Database, policies: Policies, now: int) -> list[str]:
    found = current(database, policies).rules.violations(Message(), Customer(7), rows(now - 1), now)
    return [violation.rule.rule_id for violation in found]


def test_what_is_not_active_belongs_to_the_version(database: Database) -> None:
    """So the gate reads it when it changes, and not with every batch, however much has ended."""
    policies = Policies(ZONE)

    def told(state: int) -> tuple[int, frozenset[tuple[str, str]]]:
        moved = journey_pb2.JourneyStateChanged(journey_id="j", state=state)  # type: ignore[arg-type]
        change = journey_pb2.Change(journey_state_changed=moved)
        database.run(lambda connection: apply_journey(connection, [change]))
        snapshot = current(database, policies)
        return snapshot.version, snapshot.inactive

    active, paused = journeys_pb2.JOURNEY_STATE_ACTIVE, journeys_pb2.JOURNEY_STATE_PAUSED
    none, one = frozenset[tuple[str, str]](), frozenset({("journey", "j")})
    assert told(active) == (0, none)
    assert [told(each) for each in (paused, paused, journeys_pb2.JOURNEY_STATE_ARCHIVED)] == [(1, one)] * 3
    assert [told(each) for each in (active, active)] == [(2, none)] * 2


def test_every_replica_sees_a_change_at_once(database: Database, clock: ManualClock) -> None:
    announcer = Announcer(Feed(database, FEED), VAULT)
    rules = frequency_desk(database, announcer, clock)
    exempt = exemption_desk(database, announcer, clock)
    replicas = [Policies(ZONE) for _ in range(2)]
    now = micros(clock.now())
    assert [current(database, replica).version for replica in replicas] == [0, 0]
    rules.create(FrequencyRule(rule_id="r", window=Rolling(DAY), limit=1))
    assert [broken(database, replica, now) for replica in replicas] == [["r"], ["r"]]
    exempt.create(
        Exemption(
            exemption_id="e",
            rule_ids=frozenset({"r"}),
            span=Span(now, now + DAY),
            reason="why",
            granted_by="crm",
            customer_ids=frozenset({7}),
        )
    )
    assert [broken(database, replica, now) for replica in replicas] == [[], []]
    exempt.delete("e", "")
    assert [(broken(database, replica, now), current(database, replica).version) for replica in replicas] == [
        (["r"], 3)
    ] * 2


def test_a_snapshot_is_compiled_once_while_nothing_changes(database: Database, clock: ManualClock) -> None:
    policies = Policies(ZONE)
    before = current(database, policies)
    rules = frequency_desk(database, Announcer(Feed(database, FEED), VAULT), clock)
    with database.write() as connection:
        assert policies.in_force(connection) is before
    unknown = FrequencyRule(rule_id="r", window=Rolling(DAY), limit=1, replaces=frozenset({"unknown"}))
    with pytest.raises(InvalidArgument):
        rules.create(unknown)
    assert current(database, policies) is before, "a change that was refused is none"
