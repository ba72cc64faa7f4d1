"""Keeps what the gate goes by ready: policies compiled once per version, templates."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from tidegate.delivery.allowances.standing import Allowances
from tidegate.delivery.gate import Fellow, Gate
from tidegate.delivery.policy.snapshot import Policies
from tidegate.delivery.templates.compiled import Catalog


class Policing:
    """Makes gates. Safe to share between threads."""

    def __init__(self, policies: Policies, catalog: Catalog, *, repeat_window: int) -> None:
        """``repeat_window`` is for how many µs the same content is not sent to a customer again."""
        self._policies = policies
        self._repeat_window = repeat_window
        self._catalog = catalog

    def version(self, connection: sa.Connection) -> int:
        """The version of the policies that the transaction of ``connection`` sees."""
        return self._policies.in_force(connection).version

    def gate(
        self,
        connection: sa.Connection,
        *,
        now: int,
        account_id: str,
        namespace: str,
        template_ids: Collection[str],
        allowances: Allowances | None = None,
        others: Sequence[Fellow] = (),
        taking: bool = True,
        deadline: int = 0,
    ) -> Gate:
        """The gate as it stands in the transaction of ``connection``, which takes what is granted, or only reads."""
        policies = self._policies.in_force(connection, hold=taking)
        return Gate(
            now=now,
            account_id=account_id,
            namespace=namespace,
            policies=policies,
            templates=self._catalog.get(connection, template_ids),
            inactive=policies.inactive,
            repeat_window=self._repeat_window,
            allowances=allowances,
            others=others,
            deadline=deadline,
            unknown=self._policies.unknown(connection, policies, hold=taking),
        )
