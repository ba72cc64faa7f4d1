"""The life of a message: which states there are, and which moves between them.

    accepted ⇄ deferred
       │  ▲        ▲
       ▼  │lease   │ retry
    claimed ──▶ calling ──▶ sent ──────┐
                   │          ▲        ├──▶ delivered | bounced ──▶ opened ──▶ clicked
                   └──▶ uncertain ─────┘
    dropped(reason): the gate, the caller, or the clock ended it     failed(outcome): all channels refused it

A task that staff do not confirm goes from `sent` to failed: it was never sent. A refusal by the provider takes
`calling` (and, said by a receipt, `uncertain`) back to accepted on the next channel, to deferred for another try, or to
failed; and so does `accepted`, where a message waits for another account after a refusal, and none can send it. The
database refuses every other move: see store/tables/moves.py.
"""

from collections.abc import Mapping

from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery.model import MessageState, ReceiptKind

_S = MessageState

OPEN = frozenset({_S.ACCEPTED, _S.DEFERRED, _S.CLAIMED, _S.CALLING, _S.UNCERTAIN})
"""States in which a provider may still be called, or in which it is not known what a call did."""

FINAL = frozenset(MessageState) - OPEN
"""States in which a message is settled: no provider will be called for it any more."""

WAITING = frozenset({_S.ACCEPTED, _S.DEFERRED, _S.CLAIMED})
"""States in which no provider has been called since the message was last put in the queue."""

_AFTERWARDS = frozenset({_S.DELIVERED, _S.BOUNCED, _S.OPENED, _S.CLICKED})
_REFUSED = frozenset({_S.ACCEPTED, _S.DEFERRED, _S.FAILED})

MOVES: Mapping[MessageState, frozenset[MessageState]] = {
    _S.ACCEPTED: frozenset({_S.ACCEPTED, _S.DEFERRED, _S.CLAIMED, _S.DROPPED, _S.FAILED}),
    _S.DEFERRED: frozenset({_S.ACCEPTED, _S.DROPPED}),
    _S.CLAIMED: frozenset({_S.ACCEPTED, _S.CALLING, _S.DROPPED, _S.FAILED}),
    _S.CALLING: frozenset({_S.SENT, _S.UNCERTAIN}) | _AFTERWARDS | _REFUSED,
    _S.UNCERTAIN: frozenset({_S.SENT}) | _AFTERWARDS | _REFUSED,
    _S.SENT: _AFTERWARDS | {_S.FAILED},
    _S.DELIVERED: frozenset({_S.OPENED, _S.CLICKED}),
    _S.BOUNCED: frozenset({_S.OPENED, _S.CLICKED}),
    _S.OPENED: frozenset({_S.CLICKED}),
    _S.CLICKED: frozenset(),
    _S.DROPPED: frozenset(),
    _S.FAILED: frozenset(),
}
"""Where a message may go from where it stands."""

_REPORTED: Mapping[ReceiptKind, MessageState] = {
    ReceiptKind.ACCEPTED: _S.SENT,
    ReceiptKind.DELIVERED: _S.DELIVERED,
    ReceiptKind.HARD_BOUNCE: _S.BOUNCED,
    ReceiptKind.SOFT_BOUNCE: _S.BOUNCED,
    ReceiptKind.OPENED: _S.OPENED,
    ReceiptKind.CLICKED: _S.CLICKED,
    ReceiptKind.COMPLAINT: _S.DELIVERED,
    ReceiptKind.UNSUBSCRIBED: _S.DELIVERED,
}


def may_move(source: MessageState, target: MessageState) -> bool:
    """Whether a message may go from ``source`` to ``target``."""
    return target in MOVES[source]


def reported(state: MessageState, kind: ReceiptKind) -> MessageState | None:
    """Where a receipt moves a message that stands in ``state``; None: it has moved further already.

    A receipt that comes before the answer to the call settles the call. REFUSED is not a move of its own: it
    is the outcome of the call, learnt late.
    """
    target = _REPORTED.get(kind)
    if target is None or state not in (_S.CALLING, _S.UNCERTAIN, *_FORWARD):
        return None
    return target if may_move(state, target) else None


_FORWARD = (_S.SENT, _S.DELIVERED, _S.BOUNCED, _S.OPENED)

LONGEST_TRIES = 10
"""How many calls a provider refuses for the message's own sake on one channel before it moves on."""

OWN_SCOPES = frozenset({Scope.MESSAGE, Scope.RECIPIENT, Scope.TEMPLATE})
"""Scopes of refusals for which the message itself, what it says or whom it is for are the cause."""


def after_refusal(kind: OutcomeKind, scope: Scope, *, tries: int, last_channel: bool) -> MessageState:
    """Where a message goes that a provider has definitely not taken.

    DEFERRED is another try on the same channel, ACCEPTED the next channel of its chain, FAILED the end. ``tries``
    are the calls on this channel that were refused for the message's own sake; what a relay that is down refuses
    is tried again until the message expires.
    """
    if kind.may_retry and (scope not in OWN_SCOPES or tries < LONGEST_TRIES):
        return _S.DEFERRED
    return _S.FAILED if last_channel else _S.ACCEPTED
