"""ExportCustomer: all that delivery holds of a person, as one document."""

from collections.abc import Mapping
from typing import Any

from tidegate.delivery.contacts import Contacts
from tidegate.delivery.store import exporting as store
from tidegate.delivery.vault import SUPPRESSION, Vault
from tidegate.runtime.db import Database
from tidegate.runtime.db.documents import as_json


class Exporting:
    """Tells all that is kept."""

    def __init__(self, database: Database, vault: Vault, contacts: Contacts) -> None:
        self._database = database
        self._vault = vault
        self._contacts = contacts

    def export(self, customer_id: int) -> str:
        """The document of a customer, aliases followed; of one who is not known it has nothing in its lists.

        Suppressed addresses are those that were written to as theirs, and those that identity knows as theirs. Raises
        DataLoss for what can't be opened, and grpc.RpcError when identity is away.
        """
        reached = self._contacts.of([customer_id], None)
        with self._database.snapshot() as connection:
            document = store.document(connection, customer_id, address_keys=reached.holders())
        openers = {
            "contents": self._content,
            "attempts": self._attempt,
            "links": self._link,
            "suppressions": self._suppression,
        }
        return as_json(document | {name: [*map(open_, document[name])] for name, open_ in openers.items()})

    def _content(self, row: Mapping[str, Any]) -> dict[str, Any]:
        variables, named = self._vault.content(row["message_id"], row["sealed"])
        namespace, value = named or ("", "")
        return {
            "message_id": row["message_id"],
            "variables": variables,
            "address_namespace": namespace,
            "address_value": value,
        }

    def _attempt(self, row: Mapping[str, Any]) -> dict[str, Any]:
        words = self._vault.call(row["message_id"], row["sealed"])
        shown = {name: value for name, value in row.items() if name != "sealed"}
        return shown | {"address_value": words.address, "detail": words.detail}

    def _link(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "target_url": self._vault.target(row["code"], row["target_url"])}

    def _suppression(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, **{name: self._vault.text(row[name], SUPPRESSION) for name in ("value", "note")}}
