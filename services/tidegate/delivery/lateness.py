"""Answers to calls of which something is known already: by a receipt, by asking, or since they were given up.

What such an answer charges stands in for what the call was charged before. It replaces what was only assumed of the
call, and no definite word. Of who was erased meanwhile it brings back neither the address nor what the provider said.
"""

from collections.abc import Mapping
from datetime import tzinfo
from typing import NamedTuple

import sqlalchemy as sa

from tidegate.channels import OutcomeKind
from tidegate.delivery.costs import day_of
from tidegate.delivery.model import NO_CHARGE, Address, Charge
from tidegate.delivery.steps import Answered
from tidegate.delivery.store import accepting, accounts, calling
from tidegate.delivery.store.calling import Call, Stored

_NOWHERE = Address("", "", "")


class Late(NamedTuple):
    """The answers as they are to be recorded, by message, and those of them that change nothing of what is kept."""

    answered: Mapping[str, Answered]
    contradicted: frozenset[str]


def compare(
    connection: sa.Connection, answered: Mapping[str, Answered], stored: Mapping[str, Stored], zone: tzinfo
) -> Late:
    """Compares answers with what is known of their calls; the messages' states are locked."""
    calls = calling.calls(connection, answered)
    customers = {stored[key].message.customer_id for key in answered} - {0}
    erased = accepting.erased_among(connection, customers) if customers else set()
    found, contradicted = dict[str, Answered](), set[str]()
    for key, one in answered.items():
        known = next((call for call in calls.get(key, ()) if call.number == one.message.attempts + 1), None)
        result = one.result
        if stored[key].message.customer_id in erased:
            one = one._replace(address=_NOWHERE, result=(result := result._replace(detail="")))
        if known is not None and _is_contradicted(known, one, stored[key]):
            contradicted.add(key)
            result = result._replace(charge=NO_CHARGE)
        elif known is not None:
            result = result._replace(charged=charge_of(connection, known, zone))
        found[key] = one._replace(result=result)
    return Late(found, frozenset(contradicted))


def charge_of(connection: sa.Connection, call: Call, zone: tzinfo) -> Charge:
    """What a call was charged, as far as it is kept; ``zone`` is the company's."""
    account = accounts.get(connection, call.account_id) if call.parts else None
    if account is None:
        return NO_CHARGE
    return Charge(call.cost_micros, call.parts, account.currency, day_of(call.start_time, zone))


def _is_contradicted(known: Call, answered: Answered, stored: Stored) -> bool:
    """Whether a definite word is known already, or a receipt has said that the provider has what it refuses."""
    if known.outcome != OutcomeKind.UNCERTAIN:
        return True
    return answered.result.kind.is_definite_refusal and stored.outcome == OutcomeKind.ACCEPTED
