"""Writes what the gate decided: states, what grants take, the decisions themselves, and what is announced."""

import sqlalchemy as sa

from tidegate.delivery import failover, outcomes
from tidegate.delivery.announce import Announcer, Moved
from tidegate.delivery.gate import Gate
from tidegate.delivery.gatekeeper.batch import Batch, Pairs
from tidegate.delivery.gatekeeper.taking import TAKERS
from tidegate.delivery.model import Decision, DropReason, Facts, MessageState, Verdict
from tidegate.delivery.store import failovers, gating
from tidegate.delivery.store.gating import GateUpdate


def write(
    connection: sa.Connection,
    decided: Pairs,
    batch: Batch,
    *,
    announcer: Announcer,
    gate: Gate,
    applied: int,
    lease: int,
) -> None:
    """Writes the decisions of a batch; ``applied`` is how far identity's feed was when they were made."""
    gating.write_states(connection, [_update(*pair, batch.token) for pair in decided], lease=lease)
    left = [message.message_id for message, decision in decided if decision.goes_on]
    if left:
        failovers.leave(connection, left, account_id=batch.lane.account_id, among=batch.among)
    for take in TAKERS:
        take(connection, decided)
    gating.write_decisions(
        connection,
        decided,
        account_id=batch.lane.account_id,
        policy_version=gate.policies.version,
        identity_position=applied,
    )
    announcer.moved(connection, [_moved(*pair) for pair in decided if _is_told(pair[1])])
    refused = [message.message_id for message, decision in decided if decision.is_refused]
    if refused:
        outcomes.move(connection, announcer, failover.go_on(connection, refused, now=gate.now))


def _update(message: Facts, decision: Decision, token: str) -> GateUpdate:
    match decision.verdict:
        case Verdict.GRANTED:
            return _state(message, MessageState.CLAIMED, lease_token=token)
        case Verdict.DEFERRED if decision.goes_on:
            return _state(message, MessageState.ACCEPTED)
        case Verdict.DEFERRED:
            return _state(message, MessageState.DEFERRED, wake_time=decision.wake_time, retry_in=decision.retry_in)
        case Verdict.NEXT_CHANNEL:
            return _state(message, MessageState.ACCEPTED, index=message.channel_index + 1)
    return _state(message, MessageState.DROPPED, reason=decision.reason, final_time=decision.time)


def _state(
    message: Facts,
    state: MessageState,
    *,
    index: int | None = None,
    reason: DropReason | None = None,
    wake_time: int | None = None,
    retry_in: int | None = None,
    final_time: int | None = None,
    lease_token: str = "",
) -> GateUpdate:
    index = message.channel_index if index is None else index
    channel = message.channels[index]
    return GateUpdate(
        message.message_id, wake_time, retry_in, state, channel, index, reason or "", final_time, lease_token
    )


_TOLD = {Verdict.DEFERRED: MessageState.DEFERRED, Verdict.DROPPED: MessageState.DROPPED}


def _is_told(decision: Decision) -> bool:
    """Claims are steps of our own, as is which account sends: the feed tells of what callers can act upon."""
    return decision.verdict in _TOLD and not decision.goes_on


def _moved(message: Facts, decision: Decision) -> Moved:
    return Moved(
        message,
        _TOLD[decision.verdict],
        decision.time,
        decision.channel,
        reason=decision.reason if decision.verdict is Verdict.DROPPED else None,
        wake_time=decision.wake_time,
        rule_id=decision.findings[0].rule_id if decision.findings else "",
        tier=decision.tier,
    )
