"""Asks rules: compiled once for the columns they name, run over everyone or over a slice."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from tidegate.segmentation.analytic_store.engine import Connection, execute_with, one
from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.rules.catalog import Catalog
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.flips import flipped, flips_of, next_flip
from tidegate.segmentation.rules.inputs import Inputs, inputs_of
from tidegate.segmentation.rules.tables import Scope, Table, sql_of

_KEPT = 5_000
_ALSO = {"scores": "component_scores"}


class Questions:
    """Keeps the compiled texts that were asked for last; safe to use from several threads."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
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

    def compiler(self, catalog: Catalog, scope: Scope = Scope.EVERYONE) -> RuleCompiler:
        """A compiler for questions that are asked once."""
        return RuleCompiler(catalog, zone=self.zone, scope=scope)

    def _text(self, kind: str, rule: Rule, catalog: Catalog, scope: Scope) -> str:
        inputs = inputs_of(rule)
        named = catalog.restricted(inputs.properties, inputs.attributes)
        key = (kind, rule, named.signature(), scope)
        with self._lock:
            found = self._texts.get(key)
            if found is None:
                compiler = RuleCompiler(named, zone=self.zone, scope=scope)
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
    execute_with(
        connection,
        "CREATE OR REPLACE TEMP TABLE population AS "
        "SELECT DISTINCT coalesce(a.customer_id, g.customer_id) AS customer_id "
        "FROM given g LEFT JOIN aliases a ON a.alias_id = g.customer_id",
        _ids(customer_ids),
    )


def make_slice(connection: Connection, inputs: Inputs, *, segment_ids: Collection[str] = ()) -> None:
    """Sets apart what the rules with these inputs read of the customers in `population`.

    ``segment_ids`` are further segments whose members are wanted.
    """
    relations = {"customers", *inputs.relations, *(["members"] if segment_ids else [])}
    relations |= {_ALSO[each] for each in relations if each in _ALSO}
    wanted = {"events": inputs.event_names, "members": {*inputs.segment_ids, *segment_ids}}
    for relation in sorted(relations):
        execute_with(
            connection,
            f"CREATE OR REPLACE TEMP TABLE slice_{relation} AS SELECT * FROM {relation} "
            f"SEMI JOIN population USING (customer_id) {_LESS.get(relation, '')}",
            _names(wanted.get(relation, ())),
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
    rows = execute_with(
        connection,
        "SELECT g.customer_id, c.customer_id FROM given g "
        "LEFT JOIN aliases a ON a.alias_id = g.customer_id "
        "JOIN customers c ON c.customer_id = coalesce(a.customer_id, g.customer_id)",
        _ids(customer_ids),
    )
    return dict(rows.fetchall())


def followed(connection: Connection, customer_ids: Sequence[int]) -> dict[int, int]:
    """The customer that each id is now, itself when it was never merged away."""
    rows = execute_with(
        connection,
        "SELECT DISTINCT g.customer_id, coalesce(a.customer_id, g.customer_id) FROM given g "
        "LEFT JOIN aliases a ON a.alias_id = g.customer_id",
        _ids(customer_ids),
    )
    return dict(rows.fetchall())


def all_ids_of(connection: Connection, customer_ids: Collection[int]) -> dict[int, int]:
    """Each of these customers and of the ids merged into them, with the customer."""
    merged = execute_with(
        connection,
        "SELECT alias_id, aliases.customer_id FROM aliases SEMI JOIN given USING (customer_id)",
        _ids(sorted(customer_ids)),
    )
    return {each: each for each in customer_ids} | dict(merged.fetchall())


_LESS = {
    "events": "SEMI JOIN given ON given.name = events.name",
    "members": "SEMI JOIN given ON given.name = members.segment_id",
}


def _ids(customer_ids: Sequence[int]) -> pa.Table:
    return pa.table({"customer_id": pa.array(customer_ids, pa.int64())})


def _names(names: Collection[str]) -> pa.Table:
    return pa.table({"name": pa.array(sorted(names), pa.string())})
