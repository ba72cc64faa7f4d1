"""Rules asked without a segment: checked, previewed, and evaluated for given customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Violation
from tidegate.segmentation.analytic_store import facts as fact_store
from tidegate.segmentation.analytic_store import questions as asking
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.following import IDENTITY, Facts
from tidegate.segmentation.mirroring import Mirror
from tidegate.segmentation.model.rule import Rule, walk
from tidegate.segmentation.naming import Names
from tidegate.segmentation.rules.inputs import Inputs, inputs_of
from tidegate.segmentation.rules.tables import Scope
from tidegate.segmentation.rules.words import Wording


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule gives over all customers; ``clauses`` are counts by the paths of the rule's nodes."""

    count: int
    population: int
    sample: Sequence[int]
    clauses: Sequence[tuple[str, int]]
    position: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A rule's answers: who each of the customers is now, who of these matches, and up to which position."""

    canonical: dict[int, int]
    matched: frozenset[int]
    position: int


@dataclass(frozen=True, slots=True)
class Questioning:
    """Asks rules. ``zone`` is the company's."""

    database: Database
    analytics: Analytics
    facts: Facts
    questions: Questions
    names: Names
    mirror: Mirror
    clock: Clock
    zone: tzinfo

    def validate(self, rule: Rule, segment_id: str) -> tuple[list[Violation], Inputs]:
        """What is wrong with a rule, and what it is read from."""
        with self.database.read() as connection:
            return self.names.violations(connection, rule, segment_id=segment_id), inputs_of(rule)

    def tell(self, rule: Rule, language: str) -> tuple[str, list[tuple[str, str]]]:
        """A rule in words: as one sentence, and by its nodes' paths. Raises InvalidArgument for one that is wrong."""
        self._check(rule)
        wording = Wording(language, self.zone)
        return wording.sentence(rule), wording.clauses(rule)

    def preview(self, rule: Rule, *, sample_size: int, as_of: datetime | None) -> Preview:
        """Evaluates a rule over everyone. Raises InvalidArgument for one that is wrong."""
        self._check(rule)
        catalog = self.facts.catalog
        with self.analytics.snapshot(now=micros(as_of or self.clock.now())) as connection:
            clauses = [
                (path, asking.count(connection, self.questions.matched(node, catalog))) for path, node in walk(rule)
            ]
            matched = self.questions.matched(rule, catalog)
            return Preview(
                clauses[0][1],
                asking.population_size(connection),
                asking.sample(connection, matched, sample_size),
                clauses,
                fact_store.load_cursor(connection, IDENTITY),
            )

    def evaluate(self, customer_ids: Sequence[int], rule: Rule, *, position: int) -> Evaluated:
        """Evaluates a rule for given customers, at or after a position of identity's feed."""
        inputs = self._check(rule)
        self.facts.wait_for(position)
        catalog = self.facts.catalog
        with self.analytics.snapshot(now=micros(self.clock.now())) as connection:
            reached = fact_store.load_cursor(connection, IDENTITY)
            canonical = asking.canonical_ids(connection, customer_ids)
            asking.make_population(connection, customer_ids)
            asking.make_slice(connection, inputs)
            text = self.questions.matched(rule, catalog, Scope.SLICE)
            return Evaluated(canonical, frozenset(asking.matched(connection, text)), reached)

    def _check(self, rule: Rule) -> Inputs:
        with self.database.read() as connection:
            inputs = self.names.check(connection, rule)
        if inputs.experiment_ids:
            self.mirror.catch_up()
        return inputs
