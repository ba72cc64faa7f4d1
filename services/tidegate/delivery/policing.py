"""Keeps what the gate goes by ready: policies compiled once per version, templates, what is not active."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from tidegate.delivery.allowances.standing import Allowances
from tidegate.delivery.gate import Gate, Sender
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.store import gating
from tidegate.delivery.templates.compiled import Catalog


class Policing:
    """Makes gates. Safe to share between threads."""

    def __init__(self, policies: Policies, catalog: Catalog, *, repeat_window: int) -> None:
        """``repeat_window`` is for how many µs the same content is not sent to a customer again."""
        self._policies = policies
        self._repeat_window = repeat_window
        self._catalog = catalog

    def gate(
        self,
        connection: sa.Connection,
        *,
        now: int,
        account_id: str,
        namespace: str,
        template_ids: Collection[str],
        allowances: Allowances | None = None,
        others: Sequence[Sender] = (),
        taking: bool = True,
    ) -> Gate:
        """The gate as it stands in the transaction of ``connection``, which takes what is granted, or only reads."""
        policies = self._policies.in_force(connection)
        return Gate(
            now=now,
            account_id=account_id,
            namespace=namespace,
            policies=policies,
            templates=self._catalog.get(connection, template_ids),
            inactive=gating.read_inactive(connection),
            repeat_window=self._repeat_window,
            allowances=allowances,
            others=others,
            unknown=self._policies.unknown(connection, policies, hold=taking),
        )
