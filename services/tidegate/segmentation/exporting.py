"""ExportCustomer: all that segmentation has come to about a person, as one document.

The facts it rests on are copies of identity's and delivery's, which tell them.
"""

from tidegate.runtime.db import Database
from tidegate.runtime.db.documents import as_json
from tidegate.segmentation.analytic_store import exporting as analytic
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.store import exporting as store


class Exporting:
    """Tells all that is kept."""

    def __init__(self, database: Database, analytics: Analytics) -> None:
        self._database = database
        self._analytics = analytics

    def export(self, customer_id: int) -> str:
        """The document of a customer, aliases followed; of one who is not known it has nothing in its lists."""
        with self._analytics.snapshot() as connection:
            ids = analytic.ids_of(connection, customer_id)
            scored = analytic.scores(connection, ids[0])
        with self._database.snapshot() as connection:
            kept = store.document(connection, ids)
        return as_json({"customer_id": ids[0], "alias_ids": ids[1:], **kept, **scored})
