"""Receipts as they are reported: with the key of the address that they name, and one by which they are known again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tidegate.delivery.allowances.recording import lane_of
from tidegate.delivery.dispatch.lines import Lines
from tidegate.delivery.gatekeeper import Lane
from tidegate.delivery.store import accounts
from tidegate.delivery.store.receipts import Receipt
from tidegate.delivery.vault import Vault
from tidegate.runtime.db import Database

Reported = tuple[Receipt, str]
"""A receipt as it was reported, and the address that it names; empty for none."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """Takes receipts as they are reported."""

    database: Database
    vault: Vault
    lines: Lines

    def keyed(self, reported: Sequence[Reported]) -> list[Receipt]:
        """The receipts with their keys; an address stays behind."""
        named = {receipt.account_id for receipt, address in reported if address}
        namespaces = self._namespaces(named) if named else {}
        return [self._keyed(receipt, address, namespaces.get(receipt.account_id)) for receipt, address in reported]

    def _keyed(self, receipt: Receipt, address: str, namespace: str | None) -> Receipt:
        known = self._known_again(receipt, address)
        if not address or namespace is None:
            return known
        return known._replace(address_key=self.vault.address_key(namespace, address))

    def _known_again(self, receipt: Receipt, address: str) -> Receipt:
        """Where it has no key: reports of one message and kind are one."""
        if receipt.dedupe_key:
            return receipt
        key = f"{receipt.message_id or receipt.provider_message_id}:{receipt.kind}"
        whose = f":{self.vault.told(address).hex()}" if address else ""
        return receipt._replace(dedupe_key=key + whose)

    def _namespaces(self, account_ids: Collection[str]) -> dict[str, str]:
        """In which the accounts send, as far as their adapters say so."""
        with self.database.read() as connection:
            named = [one for one in accounts.find(connection) if one.account_id in account_ids]
        lanes = {one.account_id: lane_of(self.lines, one) for one in named}
        return {account_id: lane.namespace for account_id, lane in lanes.items() if isinstance(lane, Lane)}
