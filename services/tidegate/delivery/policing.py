"""Keeps what the gate goes by ready: policies compiled once per version, templates, inactive journeys."""

from collections.abc import Collection

import sqlalchemy as sa

from tidegate.delivery.gate import Gate
from tidegate.delivery.policy import compiled
from tidegate.delivery.policy import store as policy_store
from tidegate.delivery.policy.compiled import Policies
from tidegate.delivery.store import gating
from tidegate.delivery.templates.compiled import Catalog


class Policing:
    """Makes gates. Safe to share between threads."""

    def __init__(self, catalog: Catalog, *, company_zone: str) -> None:
        self._catalog = catalog
        self._company_zone = company_zone
        self._policies: Policies | None = None

    def policies(self, connection: sa.Connection) -> Policies:
        """The policies in force in the transaction of ``connection``; read anew when they have changed."""
        known = self._policies
        if known is None or known.version != policy_store.version(connection):
            known = self._policies = compiled.load(connection, self._company_zone)
        return known

    def gate(
        self,
        connection: sa.Connection,
        *,
        now: int,
        account_id: str,
        namespace: str,
        template_ids: Collection[str],
    ) -> Gate:
        """The gate as it stands in the transaction of ``connection``."""
        return Gate(
            now=now,
            account_id=account_id,
            namespace=namespace,
            policies=self.policies(connection),
            templates=self._catalog.get(connection, template_ids),
            inactive=gating.read_inactive(connection),
        )
