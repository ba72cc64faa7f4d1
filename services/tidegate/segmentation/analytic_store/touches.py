"""The customers who were touched and are to be asked again, and the slice that is made of them."""

from dataclasses import dataclass

from tidegate.segmentation.analytic_store.engine import Connection, one
from tidegate.segmentation.model.segment import Cause

MOST = 200_000
"""Touches that are taken up at a time, so that a slice stays small."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Touches up to a serial: in what facets customers changed. ``all``: there are no others."""

    serial: int
    facets: frozenset[str]
    all: bool


def read_touched(connection: Connection) -> Touched | None:
    """The oldest touches, at most MOST of them; None when there are none."""
    found = one(
        connection,
        "SELECT max(serial), bool_or(last) FROM (SELECT serial, sum(count(*)) OVER (ORDER BY serial) AS before, "
        "serial = max(serial) OVER () AS last, row_number() OVER (ORDER BY serial) AS place "
        f"FROM touched GROUP BY serial) WHERE before <= {MOST} OR place = 1",
    )
    if found is None or found[0] is None:
        return None
    serial, complete = found
    facets = connection.execute("SELECT DISTINCT facet FROM touched WHERE serial <= ?", [serial]).fetchall()
    return Touched(serial, frozenset(facet for (facet,) in facets), bool(complete))


def populate(connection: Connection, serial: int) -> None:
    """Makes the temporary table `population` of those touched, each with the cause that weighs most."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE population AS SELECT customer_id, CASE "
        "WHEN bool_or(cause = 'merge') THEN 'merge' WHEN bool_or(cause = 'split') THEN 'split' "
        "WHEN bool_or(cause = 'facts') THEN 'facts' ELSE 'derived' END AS cause "
        "FROM touched WHERE serial <= ? GROUP BY customer_id",
        [serial],
    )


def populate_flipped(connection: Connection, sql: str, *, low: int, high: int) -> None:
    """Adds those to `population` whom a question's text gives as flipped in (low, high]."""
    connection.execute(f"SET VARIABLE low = {low}::BIGINT")
    connection.execute(f"SET VARIABLE high = {high}::BIGINT")
    connection.execute(
        f"INSERT INTO population SELECT customer_id, '{Cause.TIME.value}' FROM ({sql}) "
        "ANTI JOIN population USING (customer_id)"
    )


def populate_stayed(connection: Connection, segment_id: str, *, stay: int, low: int, high: int) -> None:
    """Adds those to `population` who had stayed the minimum at an instant in (low, high]."""
    connection.execute(
        "INSERT INTO population SELECT customer_id, 'time' FROM members ANTI JOIN population USING (customer_id) "
        "WHERE segment_id = ? AND entered_at > ? AND entered_at <= ?",
        [segment_id, low - stay, high - stay],
    )


def forget_touched(connection: Connection, serial: int, others: list[int]) -> None:
    """Takes touches off the list: those up to ``serial``, and those under the serials ``others``."""
    connection.execute("DELETE FROM touched WHERE serial <= ?", [serial])
    if others:
        connection.execute("DELETE FROM touched WHERE serial IN (SELECT unnest(?::BIGINT[]))", [others])
