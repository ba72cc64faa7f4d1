"""What accounts have cost."""

import re
from collections.abc import Sequence

from tidegate.delivery.store import costs
from tidegate.delivery.store.costs import Cost
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Violations

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BETWEEN = "|"


class Spending:
    """Lists costs by day and account."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, *, account_id: str, first_day: str, last_day: str, after: str, limit: int) -> Sequence[Cost]:
        """Up to ``limit`` costs behind the key of another. Raises InvalidArgument for what is no day."""
        wrong = Violations()
        for name, day in (("first_day", first_day), ("last_day", last_day)):
            if day and not _DAY.fullmatch(day):
                wrong.add(name, "must be a day such as 2026-11-28, or empty")
        wrong.raise_if_any()
        behind = [*after.split(_BETWEEN), "", ""][:3] if after else None
        with self._database.read() as connection:
            return costs.find(
                connection, account_id=account_id, first_day=first_day, last_day=last_day, behind=behind, limit=limit
            )


def key_of(cost: Cost) -> str:
    """The key behind which a page goes on."""
    return _BETWEEN.join((cost.day, cost.account_id, cost.currency))
