"""Asks rules: compiled once for the columns they name, run over everyone or over a slice."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from tidegate.segmentation.analytic_store.engine import Connection, one
from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.flips import flipped, flips_of, next_flip
from tidegate.segmentation.rules.inputs import Inputs, inputs_of
from tidegate.segmentation.rules.tables import FIXED, Scope, Table, sql_of

_KEPT = 5_000
_ALSO = {"scores": "component_scores"}


class Questions:
    """Keeps the compiled texts that were asked for last; safe to use from several threads."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._lock = threading.Lock()
        self._texts: OrderedDict[tuple[Any, ...], str] = OrderedDict()

    def matched(self, rule: Rule, catalog: Catalog, scope: Scope = Scope.EVERYONE) -> str:
        """Who matches, as SQL."""
        return self._text("matched", rule, catalog, scope)

    def flipped(self, rule: Rule, catalog: Catalog) -> str:
        """Who has a flip in (low, high], as SQL; '' when time never turns the rule."""
        return self._text("flipped", rule, catalog, Scope.EVERYONE)

    def next_flip(self, rule: Rule, catalog: Catalog, scope: Scope = Scope.EVERYONE) -> str:
        """When the next flip is, as SQL; '' when time never turns the rule."""
        return self._text("next_flip", rule, catalog, scope)

    def compiler(self, catalog: Catalog) -> RuleCompiler:
        """A compiler over everyone, for questions that are asked once."""
        return RuleCompiler(catalog, zone=self._zone)

    def _text(self, kind: str, rule: Rule, catalog: Catalog, scope: Scope) -> str:
        inputs = inputs_of(rule)
        named = catalog.restricted(inputs.properties, inputs.attributes)
        key = (kind, rule, named.signature(), scope)
        with self._lock:
            found = self._texts.get(key)
            if found is None:
                compiler = RuleCompiler(named, zone=self._zone, scope=scope)
                found = self._texts[key] = _COMPILED[kind](rule, compiler)
            self._texts.move_to_end(key)
            while len(self._texts) > _KEPT:
                self._texts.popitem(last=False)
        return found


def _sql(expression: Table | None) -> str:
    return "" if expression is None else sql_of(expression)


_COMPILED: Mapping[str, Callable[[Rule, RuleCompiler], str]] = {
    "matched": lambda rule, compiler: sql_of(compiler.matched(rule)),
    "flipped": lambda rule, compiler: _sql(flipped(flips_of(rule, compiler))),
    "next_flip": lambda rule, compiler: _sql(next_flip(flips_of(rule, compiler))),
}


def make_population(connection: Connection, customer_ids: Sequence[int]) -> None:
    """Makes the temporary table `population` of these customers, aliases followed."""
    connection.register("asked", pa.table({"customer_id": pa.array(customer_ids, pa.int64())}))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE population AS "
        "SELECT DISTINCT coalesce(aliases.customer_id, asked.customer_id) AS customer_id "
        "FROM asked LEFT JOIN aliases ON aliases.alias_id = asked.customer_id"
    )


def make_slice(connection: Connection, inputs: Inputs, *, segment_ids: Collection[str] = ()) -> None:
    """Sets apart what the rules with these inputs read of the customers in `population`.

    ``segment_ids`` are further segments whose members are wanted.
    """
    relations = {"customers", *inputs.relations, *(["members"] if segment_ids else [])}
    relations |= {_ALSO[each] for each in relations if each in _ALSO}
    connection.register("wanted_names", _names(inputs.event_names))
    connection.register("wanted_segments", _names({*inputs.segment_ids, *segment_ids}))
    for relation in FIXED:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE slice_{relation} AS SELECT * FROM {relation} "
            + (
                f"SEMI JOIN population USING (customer_id) {_LESS.get(relation, '')}"
                if relation in relations
                else "LIMIT 0"
            )
        )


def matched(connection: Connection, sql: str) -> list[int]:
    """The customers that a text of a question gives."""
    return [customer_id for (customer_id,) in connection.execute(sql).fetchall()]


def count(connection: Connection, sql: str) -> int:
    """How many customers a text of a question gives."""
    found = one(connection, f"SELECT count(*) FROM ({sql})")
    return int(found[0]) if found else 0


def sample(connection: Connection, sql: str, size: int) -> list[int]:
    """Some of the customers that a text of a question gives, by hash: the same ones each time."""
    return matched(connection, f"SELECT customer_id FROM ({sql}) ORDER BY hash(customer_id), 1 LIMIT {size}")


def population_size(connection: Connection) -> int:
    """How many customers there are."""
    return count(connection, "SELECT customer_id FROM customers")


def canonical_ids(connection: Connection, customer_ids: Sequence[int]) -> dict[int, int]:
    """The customer that each id is now; ids that are not known here are left out."""
    connection.register("asked", pa.table({"customer_id": pa.array(customer_ids, pa.int64())}))
    rows = connection.execute(
        "SELECT asked.customer_id, c.customer_id FROM asked "
        "LEFT JOIN aliases a ON a.alias_id = asked.customer_id "
        "JOIN customers c ON c.customer_id = coalesce(a.customer_id, asked.customer_id)"
    )
    return dict(rows.fetchall())


def followed(connection: Connection, customer_ids: Sequence[int]) -> dict[int, int]:
    """The customer that each id is now, itself when it was never merged away."""
    connection.register("asked", pa.table({"customer_id": pa.array(customer_ids, pa.int64())}))
    rows = connection.execute(
        "SELECT DISTINCT asked.customer_id, coalesce(a.customer_id, asked.customer_id) FROM asked "
        "LEFT JOIN aliases a ON a.alias_id = asked.customer_id"
    )
    return dict(rows.fetchall())


def all_ids_of(connection: Connection, customer_ids: Collection[int]) -> dict[int, int]:
    """Each of these customers and of the ids merged into them, with the customer."""
    ids = pa.array(sorted(customer_ids), pa.int64())
    connection.register("asked", pa.table({"customer_id": ids}))
    merged = connection.execute("SELECT alias_id, aliases.customer_id FROM aliases SEMI JOIN asked USING (customer_id)")
    return {each: each for each in customer_ids} | dict(merged.fetchall())


_LESS = {
    "events": "SEMI JOIN wanted_names ON wanted_names.name = events.name",
    "members": "SEMI JOIN wanted_segments ON wanted_segments.name = members.segment_id",
}


def _names(names: Collection[str]) -> pa.Table:
    return pa.table({"name": pa.array(sorted(names), pa.string())})
