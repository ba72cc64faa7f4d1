"""Pure: the tables of the analytic store as ibis expressions.

The instant of evaluation is the session variable `now` (microseconds), so one compiled text serves for
every instant. An event counts from `counts_from` on: just after it happened, or, when it arrived at the very
instant it happened, from that instant on, so that an evaluation includes the event that caused it.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from ibis.expr.operations import UnboundTable

from tidegate.segmentation.model.rule import Kind
from tidegate.segmentation.model.subject import Subject
from tidegate.segmentation.rules.catalog import Catalog, Columns

Table: TypeAlias = Any
Value: TypeAlias = Any
Predicate: TypeAlias = Any
"""Expressions of ibis, whose classes are made at run time and tell a type checker nothing."""

Schema: TypeAlias = Mapping[str, str]

TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "string",
    Kind.INTEGER: "int64",
    Kind.NUMBER: "float64",
    Kind.FLAG: "boolean",
    Kind.INSTANT: "int64",
    Kind.LIST: "array<string>",
}
"""How values of each kind are kept; instants are microseconds since the epoch."""

FIXED: Mapping[str, Schema] = {
    "events": {
        "customer_id": "int64", "original_id": "int64", "name": "string", "time": "int64",
        "counts_from": "int64", "serial": "int64",
    },
    "customers": {"customer_id": "int64"},
    "tags": {"customer_id": "int64", "tag": "string"},
    "consents": {
        "customer_id": "int64", "purpose": "string", "channel": "string", "brand": "string",
        "granted": "boolean", "time": "int64",
    },
    "identifiers": {"customer_id": "int64", "namespace": "string"},
    "members": {"segment_id": "string", "customer_id": "int64", "entered_at": "int64"},
    "scores": {"model_id": "string", "customer_id": "int64", "score": "float64", "tier": "string"},
    "component_scores": {
        "model_id": "string", "customer_id": "int64", "component_id": "string", "value": "float64",
        "class_number": "int64",
    },
    "stages": {"stage_model_id": "string", "customer_id": "int64", "stage": "string"},
    "arms": {
        "experiment_id": "string", "epoch": "int64", "customer_id": "int64", "original_id": "int64",
        "arm_id": "string", "control_arm_id": "string", "assigned_at": "int64", "serial": "int64",
    },
}  # fmt: skip
"""The tables that hold facts of customers, with those of their columns that are always there."""


class Scope(enum.Enum):
    """Whom a rule is asked about: everyone, the customers of a slice, whose facts are set apart, or entities."""

    EVERYONE = ""
    SLICE = "slice_"
    ENTITIES = "entity_"


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def getvariable(variable: str) -> int:
    """A variable of the session, known before the query is planned."""
    return 0


def now() -> Value:
    """The instant of evaluation, in microseconds."""
    return getvariable("now")


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of the analytic store, as expressions, by their names in FIXED."""

    catalog: Catalog
    scope: Scope = Scope.EVERYONE

    def __getitem__(self, name: str) -> Table:
        schema = dict(FIXED[name])
        if name == "events":
            schema |= _types(self.catalog.properties)
        elif name == "customers":
            schema |= _types(self.catalog.attributes)
        return ibis.table(schema, name=self.scope.value + name)


def newest_epochs() -> Table:
    """The newest epoch of each experiment, whatever the scope."""
    return ibis.table({"experiment_id": "string", "epoch": "int64"}, name="newest_epochs")


def scope_of(subject: Subject) -> Scope:
    """The tables that hold the facts of those whom a model is over."""
    return Scope.EVERYONE if subject is Subject.CUSTOMERS else Scope.ENTITIES


def everyone_of(subject: Subject, tables: Tables) -> Table:
    """All whom a model is over, by their ids or numbers, and whether they are archived, as customers never are."""
    if subject is Subject.CUSTOMERS:
        return tables["customers"].select("customer_id", archived=ibis.literal(False))  # noqa: FBT003
    entities = ibis.table(
        {"customer_id": "int64", "kind": "string", "entity_id": "string", "archived": "boolean"}, name="entities"
    )
    return entities.filter(entities.kind == subject).select("customer_id", "archived")


def sql_of(expression: Table) -> str:
    """The expression as DuckDB reads it.

    Columns stand there by name: a table has more of them than those that the expression was made for, and gets others
    while the text is kept, so that a star would be another set of columns.
    """
    tree = DuckDBCompiler().to_sqlglot(expression)
    known = {table.name: table.schema.names for table in expression.op().find(UnboundTable)}
    for select in tree.find_all(sge.Select):
        clause = select.find(sge.From)
        source = clause.this if clause else None
        if select.is_star and isinstance(source, sge.Table) and source.name in known:
            columns = (sge.column(name, table=source.alias_or_name, quoted=True) for name in known[source.name])
            select.set("expressions", list(columns))
    return str(tree.sql("duckdb"))


def _types(columns: Columns) -> dict[str, str]:
    return {column: TYPES[kind] for kinds in columns.values() for kind, column in kinds.items()}
