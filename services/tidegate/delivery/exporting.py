"""ExportCustomer: all that delivery holds of a person, as one document."""

from tidegate.delivery.store import exporting as store
from tidegate.runtime.db import Database
from tidegate.runtime.db.documents import as_json


class Exporting:
    """Tells all that is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self, customer_id: int) -> str:
        """The document of a customer, aliases followed; of one who is not known it has nothing in its lists."""
        with self._database.snapshot() as connection:
            return as_json(store.document(connection, customer_id))
