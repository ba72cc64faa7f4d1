"""Runs reports over a snapshot."""

from tidegate.segmentation.analytic_store.engine import Connection
from tidegate.segmentation.model.report import FunnelGroup, FunnelQuery, Outcome, StepCount
from tidegate.segmentation.model.rule import Between
from tidegate.segmentation.rules.compiler import RuleCompiler
from tidegate.segmentation.rules.reporting import funnel_step, outcome_by_arm, people_of
from tidegate.segmentation.rules.slicing import MOST_GROUPS
from tidegate.segmentation.rules.tables import sql_of


def make_people(
    connection: Connection, experiment_id: str, epoch: int, assigned: Between, compiler: RuleCompiler
) -> tuple[dict[str, int], int]:
    """Makes the temporary table `people`; the sizes of the arms, and how many people were in several."""
    text = sql_of(people_of(experiment_id, epoch, assigned, compiler))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE people AS {text}")
    rows = connection.execute("SELECT arm, count(*), count(*) FILTER (arms > 1) FROM people GROUP BY arm")
    found = rows.fetchall()
    return {arm: count for arm, count, _ in found}, sum(several for _, _, several in found)


def outcomes(connection: Connection, outcome: Outcome, compiler: RuleCompiler) -> dict[str, tuple[int, float, float]]:
    """Conversions, revenue, and variance of revenue per head, by arm of `people`."""
    rows = connection.execute(sql_of(outcome_by_arm(outcome, compiler)))
    return {arm: (int(count), float(revenue), float(variance)) for arm, count, revenue, variance in rows.fetchall()}


def funnel(connection: Connection, query: FunnelQuery, compiler: RuleCompiler) -> list[FunnelGroup]:
    """The groups of a funnel, largest first."""
    for at in range(len(query.steps)):
        tables = funnel_step(query, at, compiler)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE step_{at} AS {sql_of(tables.events)}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE reached_{at} AS {sql_of(tables.reached)}")
    persons = [_persons(connection, at) for at in range(len(query.steps))]
    others = [_messages_and_events(connection, at) for at in range(len(query.steps))]
    groups = sorted(persons[0], key=lambda group: (-persons[0][group], group))[:MOST_GROUPS]
    return [
        FunnelGroup(
            group,
            tuple(
                StepCount(step.step_id, persons[at].get(group, 0), *others[at].get(group, (0, 0)))
                for at, step in enumerate(query.steps)
            ),
        )
        for group in groups or [""]
    ]


def _persons(connection: Connection, at: int) -> dict[str, int]:
    rows = connection.execute(f"SELECT group_value, count(DISTINCT customer_id) FROM reached_{at} GROUP BY group_value")
    return dict(rows.fetchall())


def _messages_and_events(connection: Connection, at: int) -> dict[str, tuple[int, int]]:
    rows = connection.execute(
        "SELECT group_value, count(DISTINCT message_id) FILTER (message_id <> ''), count(*) "
        f"FROM step_{at} GROUP BY group_value"
    )
    return {group: (messages, events) for group, messages, events in rows.fetchall()}
