"""Who brought whom: inviters followed from customer to customer. Expressions of ibis can't recur, so this is SQL."""

from collections.abc import Iterable

import pyarrow as pa

from tidegate.runtime.clock import micros
from tidegate.segmentation.analytic_store.engine import Connection, execute_with
from tidegate.segmentation.model.referrals import ReferralNode, ReferralQuery
from tidegate.segmentation.model.rule import Between

_BROUGHT = """
SELECT coalesce(c.customer_id, i.customer_id) AS customer_id, min(coalesce(b.customer_id, i.inviter_id)) AS inviter_id
FROM inviters i LEFT JOIN aliases c ON c.alias_id = i.customer_id LEFT JOIN aliases b ON b.alias_id = i.inviter_id
GROUP BY 1
"""
_ROOTS = "SELECT inviter_id AS customer_id FROM brought EXCEPT SELECT customer_id FROM brought"
_TREE = """
WITH RECURSIVE below AS (
  SELECT r.customer_id AS root_id, r.customer_id, coalesce(b.inviter_id, 0) AS inviter_id, 0 AS generation
  FROM roots r SEMI JOIN customers USING (customer_id) LEFT JOIN brought b ON b.customer_id = r.customer_id
  UNION
  SELECT t.root_id, b.customer_id, b.inviter_id, t.generation + 1
  FROM below t JOIN brought b ON b.inviter_id = t.customer_id WHERE b.customer_id <> t.root_id
) SELECT * FROM below
"""
_CAME = """
SELECT customer_id, min(time) AS joined_at FROM (
  SELECT customer_id, joined_at AS time FROM arrivals SEMI JOIN tree USING (customer_id)
  UNION ALL SELECT customer_id, min(time) FROM events SEMI JOIN tree USING (customer_id) GROUP BY customer_id
) GROUP BY customer_id
"""
_PLACED = """
SELECT t.*, c.joined_at, coalesce({came}, FALSE) AND generation > 0 AND customer_id IN ({wanted}) AS counts
FROM tree t LEFT JOIN came c USING (customer_id)
"""
_EVERYBODY = "SELECT customer_id FROM tree"
_MEMBERS = "SELECT customer_id FROM members WHERE segment_id = getvariable('wanted')"
_PAGE = """
SELECT customer_id, inviter_id, generation, joined_at FROM placed
WHERE generation <= ? AND (generation, customer_id) > (?, ?)
AND (counts OR generation = 0 AND (customer_id = ? OR root_id IN (SELECT root_id FROM placed WHERE counts)))
ORDER BY generation, customer_id LIMIT ?
"""
_COUNTS = """
WITH RECURSIVE below AS (
  SELECT customer_id AS top, customer_id, 0 AS depth, FALSE AS counts FROM page
  UNION ALL
  SELECT b.top, p.customer_id, b.depth + 1, p.counts
  FROM below b JOIN placed p ON p.inviter_id = b.customer_id AND p.generation > 0
) SELECT top, count(*) FILTER (depth = 1 AND counts), count(*) FILTER (counts) FROM below GROUP BY top
"""


def tree(connection: Connection, query: ReferralQuery) -> list[ReferralNode]:
    """A page of the tree, by generation and customer. ``query.customer_id`` is who the customer is now."""
    _keep(connection, "brought", _BROUGHT)
    if query.customer_id:
        _keep(connection, "roots", f"SELECT {int(query.customer_id)}::BIGINT AS customer_id")
    else:
        _keep(connection, "roots", _ROOTS)
    _keep(connection, "tree", _TREE)
    _keep(connection, "came", _CAME)
    connection.execute("SET VARIABLE wanted = ?", [query.segment_id])
    wanted = _MEMBERS if query.segment_id else _EVERYBODY
    _keep(connection, "placed", _PLACED.format(came=_inside("c.joined_at", query.span), wanted=wanted))
    page = connection.execute(_PAGE, [query.generations, *query.after, query.customer_id, query.limit]).fetchall()
    counts = _counts(connection, [customer_id for customer_id, *_ in page])
    return [
        ReferralNode(customer_id, inviter_id, generation, *counts[customer_id], joined_at)
        for customer_id, inviter_id, generation, joined_at in page
    ]


def _counts(connection: Connection, customer_ids: list[int]) -> dict[int, tuple[int, int]]:
    """How many each of the customers brought, directly and in all generations."""
    given = pa.table({"customer_id": pa.array(customer_ids, pa.int64())})
    execute_with(connection, "CREATE OR REPLACE TEMP TABLE page AS SELECT * FROM given", given)
    return {top: (direct, in_all) for top, direct, in_all in connection.execute(_COUNTS).fetchall()}


def _inside(column: str, span: Between) -> str:
    """Whether an instant lies in the span, as text."""
    return " AND ".join(_bounds(column, span)) or "TRUE"


def _bounds(column: str, span: Between) -> Iterable[str]:
    if span.start is not None:
        yield f"{column} >= {micros(span.start)}"
    if span.end is not None:
        yield f"{column} < {micros(span.end)}"


def _keep(connection: Connection, name: str, text: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {text}")
