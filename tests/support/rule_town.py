"""A town of customers whose histories are told to the analytic store and to the oracle alike."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tidegate.api.identity.v1 import changes_pb2
from tidegate.segmentation.analytic_store import arms, members, scores, stages
from tidegate.segmentation.analytic_store.engine import Analytics, Connection
from tidegate.segmentation.analytic_store.questions import Questions, make_population, make_slice, matched
from tidegate.segmentation.following import Facts
from tidegate.segmentation.model.experiment import Arm, ArmRole, Assigned, Experiment
from tidegate.segmentation.model.rule import Rule
from tidegate.segmentation.model.segment import Cause, Membership
from tidegate.segmentation.rules.check import Known
from tidegate.segmentation.rules.inputs import inputs_of
from tidegate.segmentation.rules.tables import Scope
from tidegate.segmentation.wire.feeds import identity_facts

from support import rule_histories as h
from support.rule_oracle import Oracle
from support.rule_world import Trial, World

_PAGE = 60


@dataclass
class Town:
    """The analytic store and the world of the same customers."""

    analytics: Analytics
    facts: Facts
    questions: Questions
    world: World
    chance: h.Chance
    known: Known

    def oracle(self, now: int) -> Oracle:
        return Oracle(self.world, now, zone=self.questions.zone)

    def matched(self, rule: Rule, now: int) -> set[int]:
        """Who matches, asked over everyone; each once."""
        with self.analytics.reader(now=now) as connection:
            found = matched(connection, self.questions.matched(rule, self.facts.catalog))
        assert len(found) == len(set(found))
        return set(found)

    def matched_of(self, rule: Rule, now: int, customer_ids: Sequence[int]) -> set[int]:
        """Who of these matches, asked over the slice of them."""
        with self.analytics.snapshot(now=now) as connection:
            make_population(connection, customer_ids)
            make_slice(connection, inputs_of(rule))
            return set(matched(connection, self.questions.matched(rule, self.facts.catalog, Scope.SLICE)))

    def flipped(self, rule: Rule, low: int, high: int) -> set[int]:
        """Who is to be asked again after (low, high]."""
        text = self.questions.flipped(rule, self.facts.catalog)
        with self.analytics.reader(now=high) as connection:
            connection.execute(f"SET VARIABLE low = {low}::BIGINT; SET VARIABLE high = {high}::BIGINT")
            return set(matched(connection, text)) if text else set()

    def next_flip(self, rule: Rule, now: int) -> int | None:
        """When time may next turn the rule for anybody."""
        with self.analytics.reader(now=now) as connection:
            return members.next_flip(connection, self.questions.next_flip(rule, self.facts.catalog), now=now)


@contextmanager
def town(folder: Path, seed: int, people: int) -> Iterator[Town]:
    """The town of a seed, in an analytic store in ``folder``."""
    chance, world = h.Chance(seed), World()
    analytics = Analytics.open(folder / "segmentation.duckdb", owner="town")
    try:
        facts = Facts(analytics)
        made = Town(analytics, facts, Questions(chance.zone), world, chance, Known())
        changes = list(chance.changes(people))
        pages = [changes[at : at + _PAGE] for at in range(0, len(changes), _PAGE)]
        for at, page in enumerate(pages, start=1):
            told = [each for change in page if (each := _heard(world, change)) is not None]
            facts.apply_identity(told, at)
            if at == len(pages) // 2:
                _assign(made)  # those who are merged afterwards bring their arms along
        with analytics.writer() as connection:
            _score(connection, made)
            _stage(connection, made)
            _enter(connection, made)
        made.known = Known(
            facts.catalog,
            h.SEGMENTS,
            dict.fromkeys(h.MODELS, h.TIERS),
            dict.fromkeys(h.MODELS, h.COMPONENTS),
            dict.fromkeys(h.STAGE_MODELS, h.STAGES),
            dict.fromkeys(h.EXPERIMENTS, h.ARMS),
        )
        yield made
    finally:
        analytics.close()


def _heard(world: World, change: changes_pb2.Change) -> changes_pb2.Change | None:
    """The change as identity would announce it, told to the world; None for a merge of a customer with itself.

    Changes are of customers as they are called now; an event keeps the id under which it arrived.
    """
    change.customer_id = world.canonical(change.customer_id)
    if change.HasField("customer_merged"):
        merge = change.customer_merged
        ends = sorted({world.canonical(each) for each in (merge.survivor_id, merge.merged_id)})
        if len(ends) == 1:
            return None
        merge.survivor_id, merge.merged_id = ends
    for fact in identity_facts([change]):
        world.hear(fact)
    return change


def _assign(town: Town) -> None:
    """Every experiment has two epochs, and customers of whom some are in both, some in neither."""
    draw, serial = town.chance.random, 0
    for experiment_id in h.EXPERIMENTS:
        control = h.ARMS[0]
        experiment = Experiment(experiment_id=experiment_id, epoch=2, arms=(Arm(control, "", ArmRole.CONTROL, 1, ()),))
        trial = town.world.trials[experiment_id] = Trial(experiment.epoch, control, {})
        assigned = []
        for epoch in (1, 2):
            for customer_id in sorted(town.world.people):
                if draw.random() < 0.6:
                    serial += 1
                    trial.arms[epoch, customer_id] = draw.choice(h.ARMS)
                    assigned.append(Assigned(serial, epoch, customer_id, trial.arms[epoch, customer_id], serial))
        with town.analytics.writer() as connection:
            arms.add_assignments(connection, experiment, assigned, touch=serial)
            arms.set_epoch(connection, experiment, touch=serial)


def _score(connection: Connection, town: Town) -> None:
    """Some customers have scores, and of those some a tier."""
    draw = town.chance.random
    for model_id in h.MODELS:
        for customer_id, person in town.world.people.items():
            if draw.random() < 0.3:
                continue
            score, tier = draw.choice((0.0, 1.0, 2.5, 3.0)), draw.choice((*h.TIERS, ""))
            person.scores[model_id], person.tiers[model_id] = score, tier
            connection.execute("INSERT INTO run_scores VALUES ('run', ?, ?, ?)", [customer_id, score, tier])
            for component_id in h.COMPONENTS:
                number = person.classes[model_id, component_id] = draw.randint(1, 3)
                row = [customer_id, component_id, number]
                connection.execute("INSERT INTO run_component_scores VALUES ('run', ?, ?, 0, ?)", row)
        scores.put_in_force(connection, model_id, "run")


def _stage(connection: Connection, town: Town) -> None:
    """All customers were seen by a run, and some found to be in no stage."""
    for model_id in h.STAGE_MODELS:
        for customer_id, person in town.world.people.items():
            stage = person.stages[model_id] = town.chance.random.choice((*h.STAGES, ""))
            connection.execute("INSERT INTO run_stages VALUES ('run', ?, ?, '')", [customer_id, stage])
        stages.put_in_force(connection, model_id, "run", town.chance.base)


def _enter(connection: Connection, town: Town) -> None:
    """Half of all customers are in a segment."""
    for segment_id in h.SEGMENTS:
        entered = [each for each in sorted(town.world.people) if town.chance.random.random() < 0.5]
        for customer_id in entered:
            town.world.people[customer_id].segments.add(segment_id)
        rows = [Membership(each, 1, 1, 0, Cause.FACTS) for each in entered]
        members.add_members(connection, segment_id, rows)
