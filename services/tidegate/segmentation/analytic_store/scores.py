"""Runs of score models: measured, sorted into classes, compared with the scores in force, put in their place."""

from collections.abc import Sequence

import pyarrow as pa

from tidegate.segmentation.analytic_store.engine import Connection, one
from tidegate.segmentation.model.scoring import (
    Component,
    ComponentCuts,
    ComponentScore,
    CustomerScore,
    Direction,
    FixedCuts,
    Ntile,
    QuantileEdges,
    ScoreModel,
    TierChange,
    TierCount,
)
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.scoring import (
    class_of,
    measured,
    measured_table,
    quantile_levels,
    scored,
)
from tidegate.segmentation.rules.tables import sql_of


def measure(connection: Connection, model: ScoreModel, compiler: RuleCompiler) -> None:
    """Makes the temporary table `measured` for the session's `now`."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE measured AS {sql_of(measured(model, compiler))}")


def sort_into_classes(connection: Connection, model: ScoreModel, run_id: str) -> list[ComponentCuts]:
    """Stores the scores of `measured` under ``run_id``; returns the cuts that were used."""
    rows = measured_table(len(model.components))
    cuts = [_cuts(connection, each, at) for at, each in enumerate(model.components)]
    classes = {f"class_{at}": class_of(each, at, rows, cuts[at]) for at, each in enumerate(model.components)}
    classed = rows.mutate(**classes)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE classed AS {sql_of(classed)}")
    text = sql_of(scored(model))
    connection.execute("DELETE FROM run_scores WHERE run_id = ?", [run_id])
    connection.execute("DELETE FROM run_component_scores WHERE run_id = ?", [run_id])
    connection.execute(f"INSERT INTO run_scores SELECT ?, customer_id, score, tier FROM ({text})", [run_id])
    for at, component in enumerate(model.components):
        connection.execute(
            f"INSERT INTO run_component_scores SELECT ?, customer_id, ?, value_{at}, class_{at} FROM classed",
            [run_id, component.component_id],
        )
    connection.execute("INSERT INTO finished_runs VALUES (?)", [run_id])
    return [_used(connection, each, at, cuts[at]) for at, each in enumerate(model.components)]


def is_finished(connection: Connection, run_id: str) -> bool:
    """Whether all scores of a run are stored and not yet in force."""
    found = one(connection, "SELECT 1 FROM finished_runs WHERE run_id = ?", [run_id])
    return found is not None


def tier_counts(connection: Connection, model: ScoreModel, run_id: str) -> list[TierCount]:
    """The sizes of the tiers in the model's order, those without a tier last."""
    rows = connection.execute("SELECT tier, count(*) FROM run_scores WHERE run_id = ? GROUP BY tier", [run_id])
    counts = dict(rows.fetchall())
    return [TierCount(tier, counts.get(tier, 0)) for tier in (*(each.tier for each in model.tiers), "")]


def tier_changes(connection: Connection, model_id: str, run_id: str, *, after: int, limit: int) -> list[TierChange]:
    """Customers behind ``after`` whose tier is another one than that in force, by id."""
    rows = connection.execute(
        "SELECT coalesce(n.customer_id, o.customer_id) AS id, coalesce(n.tier, ''), coalesce(o.tier, ''), "
        "coalesce(n.score, 0), coalesce(e.entity_id, '') FROM (SELECT * FROM run_scores WHERE run_id = ?) n "
        "FULL JOIN (SELECT * FROM scores WHERE model_id = ?) o ON n.customer_id = o.customer_id "
        "LEFT JOIN entities e ON e.customer_id = coalesce(n.customer_id, o.customer_id) "
        "WHERE coalesce(n.tier, '') <> coalesce(o.tier, '') AND id > ? ORDER BY id LIMIT ?",
        [run_id, model_id, after, limit],
    )
    return [TierChange(*row) for row in rows.fetchall()]


def put_in_force(connection: Connection, model_id: str, run_id: str) -> None:
    """The run's scores replace the model's."""
    connection.execute("DELETE FROM scores WHERE model_id = ?", [model_id])
    connection.execute("DELETE FROM component_scores WHERE model_id = ?", [model_id])
    connection.execute(
        "INSERT INTO scores SELECT ?, customer_id, score, tier FROM run_scores WHERE run_id = ?",
        [model_id, run_id],
    )
    connection.execute(
        "INSERT INTO component_scores SELECT ?, customer_id, component_id, value, class_number "
        "FROM run_component_scores WHERE run_id = ?",
        [model_id, run_id],
    )
    forget(connection, run_id)


def forget(connection: Connection, run_id: str) -> None:
    """Drops what is stored of a run that is not in force."""
    for table in ("run_scores", "run_component_scores", "finished_runs"):
        connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])


def scores_of(connection: Connection, model: ScoreModel, customer_ids: Sequence[int]) -> dict[int, CustomerScore]:
    """The scores in force of these customers, by the ids asked for, aliases followed."""
    connection.register("asked", pa.table({"customer_id": pa.array(customer_ids, pa.int64())}))
    people = (
        "(SELECT DISTINCT asked.customer_id AS asked_id, coalesce(a.customer_id, asked.customer_id) AS customer_id "
        "FROM asked LEFT JOIN aliases a ON a.alias_id = asked.customer_id)"
    )
    components: dict[int, list[ComponentScore]] = {}
    rows = connection.execute(
        f"SELECT p.asked_id, c.component_id, c.value, c.class_number FROM {people} p "
        "JOIN component_scores c USING (customer_id) WHERE c.model_id = ?",
        [model.model_id],
    )
    for asked_id, component_id, value, class_number in rows.fetchall():
        measured_value = 0.0 if value is None else value
        components.setdefault(asked_id, []).append(ComponentScore(component_id, measured_value, class_number))
    order = {each.component_id: at for at, each in enumerate(model.components)}
    rows = connection.execute(
        f"SELECT p.asked_id, s.score, s.tier FROM {people} p JOIN scores s USING (customer_id) WHERE s.model_id = ?",
        [model.model_id],
    )
    return {
        asked_id: CustomerScore(
            asked_id,
            score,
            tier,
            tuple(sorted(components.get(asked_id, []), key=lambda c: order.get(c.component_id, len(order)))),
        )
        for asked_id, score, tier in rows.fetchall()
    }


def tiers_in_force(connection: Connection, model_id: str, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Customers behind ``after`` who have a tier, by id, with it."""
    rows = connection.execute(
        "SELECT customer_id, tier FROM scores WHERE model_id = ? AND tier <> '' AND customer_id > ? "
        "ORDER BY customer_id LIMIT ?",
        [model_id, after, limit],
    )
    return rows.fetchall()


def _cuts(connection: Connection, component: Component, at: int) -> list[float]:
    """The cuts between the classes, known before values are sorted; none for groups of equal size."""
    classes = component.classes
    if isinstance(classes, FixedCuts):
        return list(classes.cuts)
    if not isinstance(classes, QuantileEdges):
        return []
    found = one(
        connection, f"SELECT quantile_cont(value_{at}, ?::DOUBLE[]) FROM measured", [quantile_levels(classes.classes)]
    )
    return list(found[0]) if found and found[0] else []


def _used(connection: Connection, component: Component, at: int, cuts: list[float]) -> ComponentCuts:
    classes = component.classes
    assert classes is not None
    rows = connection.execute(f"SELECT class_{at}, count(*), min(value_{at}), max(value_{at}) FROM classed GROUP BY 1")
    sizes = {number: (size, least, most) for number, size, least, most in rows.fetchall()}
    if isinstance(classes, Ntile):
        worst = 1 if component.direction is Direction.HIGHER_IS_BETTER else 2
        cuts = [sizes[k][worst] or 0.0 for k in range(2, classes.classes + 1) if k in sizes]
    counts = tuple(sizes.get(k, (0,))[0] for k in range(1, classes.classes + 1))
    return ComponentCuts(component.component_id, tuple(cuts), counts)
