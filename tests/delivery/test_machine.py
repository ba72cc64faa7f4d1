"""The message's states: no walk leads back, and every walk can end."""

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tidegate.channels import OutcomeKind, Scope
from tidegate.delivery import machine
from tidegate.delivery.model import MessageState, ReceiptKind

STATES = st.sampled_from(MessageState)
DIAGRAM = Path(__file__).parents[2] / "docs" / "messages.md"


def reachable(state: MessageState) -> set[MessageState]:
    found = {state}
    while more := {target for one in found for target in machine.MOVES[one]} - found:
        found |= more
    return found


def test_the_diagram_in_the_docs_shows_every_move_and_no_other() -> None:
    drawn = re.findall(r"^    (\w+|\[\*\]) --> (\w+|\[\*\])", DIAGRAM.read_text(), re.MULTILINE)
    moves = [(source, target) for source, target in drawn if "[*]" not in (source, target)]
    assert sorted(moves) == sorted((source, target) for source in MessageState for target in machine.MOVES[source])
    assert {target for source, target in drawn if source == "[*]"} == {"accepted", "deferred"}
    assert {source for source, target in drawn if target == "[*]"} == {
        one for one in MessageState if not machine.MOVES[one]
    }


@pytest.mark.parametrize("state", sorted(machine.OPEN))
def test_every_open_message_can_end(state: MessageState) -> None:
    assert reachable(state) & machine.FINAL


@pytest.mark.parametrize("state", sorted(machine.FINAL))
def test_no_settled_message_is_ever_sent_again(state: MessageState) -> None:
    assert not reachable(state) & machine.OPEN


def test_an_uncertain_message_is_called_for_again_only_after_a_refusal() -> None:
    assert MessageState.CALLING not in machine.MOVES[MessageState.UNCERTAIN]
    assert MessageState.CLAIMED not in machine.MOVES[MessageState.UNCERTAIN]


@given(STATES, st.lists(st.sampled_from(ReceiptKind), max_size=6))
def test_receipts_in_any_order_move_forward(state: MessageState, kinds: list[ReceiptKind]) -> None:
    seen = [state]
    for kind in kinds:
        target = machine.reported(seen[-1], kind)
        if target is not None:
            assert machine.may_move(seen[-1], target)
            seen.append(target)
    assert len(set(seen)) == len(seen)


@given(st.permutations([ReceiptKind.DELIVERED, ReceiptKind.OPENED, ReceiptKind.CLICKED]))
def test_the_furthest_receipt_wins(kinds: list[ReceiptKind]) -> None:
    state = MessageState.SENT
    for kind in kinds:
        state = machine.reported(state, kind) or state
    assert state is MessageState.CLICKED


@pytest.mark.parametrize(
    ("kind", "scope"), list(itertools.product([one for one in OutcomeKind if one.is_definite_refusal], Scope))
)
def test_a_refusal_leads_on_or_ends(kind: OutcomeKind, scope: Scope) -> None:
    last = machine.after_refusal(kind, scope, tries=machine.LONGEST_TRIES, last_channel=True)
    more = machine.after_refusal(kind, scope, tries=1, last_channel=False)
    assert machine.may_move(MessageState.CALLING, last)
    assert (more is MessageState.DEFERRED) == kind.may_retry
    assert last in (MessageState.FAILED, MessageState.DEFERRED)


@pytest.mark.parametrize("kind", [one for one in OutcomeKind if one.may_retry])
def test_a_message_is_tried_until_it_expires_unless_it_is_itself_at_fault(kind: OutcomeKind) -> None:
    tried_often = {
        scope: machine.after_refusal(kind, scope, tries=machine.LONGEST_TRIES, last_channel=True) for scope in Scope
    }
    assert {scope for scope, state in tried_often.items() if state is MessageState.FAILED} == machine.OWN_SCOPES
    assert not machine.OWN_SCOPES & {Scope.CALL, Scope.ACCOUNT}
