"""Projections from the histories: what customers are once the ids that belong to them are known anew.

What arrived under each id is folded in the order of its times, and the ids are merged in the order of their age, as
they would have been one by one. Of what has the same time, order of arrival is no longer known.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from tidegate.identity.model import Consent, Decision, Held, TagMark
from tidegate.identity.profile import Folding, State
from tidegate.identity.store import profiles
from tidegate.identity.values import from_text
from tidegate.identity.vault import Vault, about_attribute


def rebuilt(
    connection: sa.Connection, folding: Folding, vault: Vault, *, groups: Mapping[int, Sequence[int]]
) -> dict[int, State]:
    """The states of customers by id; ``groups`` has the original ids of each, the oldest first."""
    states = {original_id: State() for ids in groups.values() for original_id in ids}
    for value in profiles.VALUES.of(connection, states):
        held = Held(from_text(vault.unseal(value.value, about_attribute(value.name))), value.time, value.source)
        folding.value(states[value.original_id], value.name, held)
    for mark in profiles.MARKS.of(connection, states):
        folding.mark(states[mark.original_id], mark.tag, TagMark(mark.present, mark.time, mark.source, mark.expires))
    for row in profiles.DECISIONS.of(connection, states):
        folding.consent(states[row.original_id], _consent(row))
    return {customer_id: _together(folding, [states[i] for i in ids]) for customer_id, ids in groups.items()}


def _together(folding: Folding, states: Sequence[State]) -> State:
    survivor, *others = states
    for other in others:
        folding.merge(survivor, other)
    return survivor


def _consent(row: profiles.DecisionRow) -> Consent:
    return Consent(row.purpose, row.channel, row.brand, Decision(row.decision), row.time, row.source, row.proof)
