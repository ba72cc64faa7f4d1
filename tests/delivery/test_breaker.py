"""The circuit breaker of an account: opened by calls that fail one after another, closed by a probe that succeeds."""

import threading
import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st
from support import feeds
from support.delivery.shop import Shop, state_name
from tidegate.api.delivery.v1 import channels_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.channels import Outcome, OutcomeKind, Scope
from tidegate.delivery import breaker as rules
from tidegate.delivery.breaker import OPENS_AFTER, Breaker, BreakerState, succeeded
from tidegate.delivery.instants import SECOND
from tidegate.delivery.store import accounts, breakers
from tidegate.runtime.db import Database

FAILED = [False] * OPENS_AFTER
NOW = 1_000 * SECOND


@given(st.lists(st.sampled_from([True, False, None]), max_size=30))
def test_it_opens_by_failures_one_after_another_and_by_nothing_else(calls: list[bool | None]) -> None:
    told = [one for one in calls if one is not None]
    streak = 0
    opened = False
    for one in told:
        streak = 0 if one else streak + 1
        opened = (opened and not one) or streak >= OPENS_AFTER
    stands = Breaker().after(calls, NOW)
    assert stands.state(NOW) is (BreakerState.OPEN if opened else BreakerState.CLOSED)
    assert stands.failures == streak


def test_a_probe_that_fails_opens_it_for_longer_and_one_that_succeeds_closes_it() -> None:
    opened = Breaker().after(FAILED, NOW)
    assert not opened.awaits_probe(opened.until - 1)
    assert opened.awaits_probe(opened.until)
    again = opened._replace(probing=opened.until + SECOND).after([False], opened.until)
    assert again.until - opened.until == 2 * (opened.until - NOW)
    assert (again.since, again.probing) == (NOW, 0)
    closed = again.after([True], again.until)
    assert closed == Breaker(since=again.until)


def test_it_is_never_open_for_more_than_five_minutes() -> None:
    stands, now = Breaker().after(FAILED, NOW), NOW
    for _ in range(40):
        now = stands.until
        stands = stands.after([False], now)
    assert stands.until - now == 300 * SECOND


@pytest.mark.parametrize(
    ("kind", "scope", "says"),
    [
        (OutcomeKind.ACCEPTED, Scope.MESSAGE, True),
        (OutcomeKind.UNCERTAIN, Scope.MESSAGE, False),
        (OutcomeKind.RETRYABLE, Scope.CALL, False),
        (OutcomeKind.RETRYABLE, Scope.ACCOUNT, False),
        (OutcomeKind.RETRYABLE, Scope.RECIPIENT, True),
        (OutcomeKind.RATE_LIMITED, Scope.ACCOUNT, None),
        (OutcomeKind.AUTH_ERROR, Scope.ACCOUNT, None),
        (OutcomeKind.INVALID_RECIPIENT, Scope.RECIPIENT, True),
        (OutcomeKind.PERMANENT, Scope.MESSAGE, True),
    ],
)
def test_what_a_call_says_of_its_account(kind: OutcomeKind, scope: Scope, says: bool | None) -> None:
    assert succeeded([(kind, scope)]) is says
    assert succeeded([(OutcomeKind.UNCERTAIN, Scope.MESSAGE), (kind, scope)]) is bool(says)


def shown(shop: Shop) -> channels_pb2.AccountBreaker:
    return shop.delivery.GetAccount(pb.GetAccountRequest(account_id="sms-1")).account.breaker


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_calls_that_fail_hold_the_next_ones_back_until_a_probe_succeeds(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "_FIRST_PAUSE", SECOND)
    monkeypatch.setattr("tidegate.delivery.dispatch.courier._OPENING_SECONDS", 0.5)
    assert shown(shop) == channels_pb2.AccountBreaker(state=channels_pb2.BREAKER_STATE_CLOSED)
    shop.told.answer = lambda _one: Outcome.retryable("down")
    changed = channels_pb2.Account(account_id="sms-1", max_in_flight=1, settle_after=Duration(seconds=60))
    shop.delivery.UpdateAccount(pb.UpdateAccountRequest(account=changed, update_mask={"paths": ["max_in_flight"]}))
    shop.told.max_batch = 1
    messages = shop.send(*(shop.message(one) for one in shop.customers(60)))
    until(lambda: shown(shop).state != channels_pb2.BREAKER_STATE_CLOSED)
    found = shown(shop)
    assert found.failures >= OPENS_AFTER
    assert found.HasField("since_time")
    shop.told.answer = None
    assert {state_name(one) for one in shop.final(*messages)} == {"sent"}
    closed = shown(shop)
    assert (closed.state, closed.failures) == (channels_pb2.BREAKER_STATE_CLOSED, 0)
    changes = list(feeds.changes(shop.delivery, pb.ListChangesRequest(page_size=1_000)))
    reasons = [one.account_changed.reason for one in changes if one.HasField("account_changed")]
    assert reasons[-2:] == [f"{found.failures} calls failed one after another", "calls succeed again"]


def test_replicas_share_one_probe(rows: Database) -> None:
    def opened(connection: sa.Connection) -> None:
        found, now = breakers.lock(connection, ["shared"])
        breakers.write(connection, {"shared": found["shared"].after(FAILED, now - 60 * SECOND)})

    rows.run(opened)
    lasting = 60 * SECOND
    assert rows.run(lambda connection: breakers.begin_probe(connection, "shared", lasting=lasting))
    assert not rows.run(lambda connection: breakers.begin_probe(connection, "shared", lasting=lasting))

    def lease(connection: sa.Connection) -> accounts.Leased:
        return accounts.lease_tokens(
            connection,
            "shared",
            wanted=10,
            per_second=1e6,
            burst=10,
            probe=lasting,
        )

    assert rows.run(lease).tokens == 0
    rows.run(lambda connection: breakers.end_probe(connection, "shared"))
    leased = rows.run(lease)
    assert (leased.tokens, leased.is_probe) == (1, True)
    assert rows.run(lease).tokens == 0


def test_resuming_an_account_closes_its_breaker(shop: Shop, rows: Database) -> None:
    def opened(connection: sa.Connection) -> None:
        found, now = breakers.lock(connection, ["sms-1"])
        breakers.write(connection, {"sms-1": found["sms-1"].after(FAILED, now)})

    rows.run(opened)
    assert shown(shop).state == channels_pb2.BREAKER_STATE_OPEN
    shop.delivery.ResumeAccount(pb.ResumeAccountRequest(account_id="sms-1"))
    assert shown(shop).state == channels_pb2.BREAKER_STATE_CLOSED


@pytest.mark.parametrize("replicas", [2])
def test_replicas_share_the_rate_of_an_account(rows: Database, replicas: int) -> None:
    """Slices that threads lease at once are no more than the burst and what fills in the time that it takes."""
    per_second, burst = 200.0, 50
    leased: list[int] = []

    def work() -> None:
        while sum(leased) < 4 * burst:
            got = rows.run(
                lambda connection: accounts.lease_tokens(
                    connection, "shared-rate", wanted=7, per_second=per_second, burst=burst, probe=SECOND
                )
            )
            leased.append(got.tokens)

    begun = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(replicas)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    allowed = burst + per_second * (time.monotonic() - begun)
    assert 4 * burst <= sum(leased) <= allowed + 1
