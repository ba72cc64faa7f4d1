"""Experiments: defined, started, stopped; customers assigned to arms, once and for good within an epoch.

A customer that was merged from several brings their assignments along: the earliest one counts in reports; when
they differ the customer is treated as control from then on.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from tidegate.api.common.v1 import common_pb2
from tidegate.runtime.clock import Clock
from tidegate.runtime.db import Database
from tidegate.runtime.errors import (
    Aborted,
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    TidegateError,
    item_error,
)
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id
from tidegate.segmentation import announce
from tidegate.segmentation.analytic_store import questions as asking
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.mirroring import Mirror
from tidegate.segmentation.model.experiment import (
    ArmRole,
    Assignment,
    AssignmentSource,
    Epoch,
    Experiment,
    ExperimentState,
    Given,
)
from tidegate.segmentation.rules.allocation import (
    arm_of,
    bucket_of,
    check_experiment,
    check_growth,
    judged,
    with_ranges,
)
from tidegate.segmentation.store import experiments as store

Result = Assignment | common_pb2.ItemError
_IMPORTED_BUCKET = -1


@dataclass(frozen=True, slots=True)
class Experiments:
    """The operations on experiments."""

    database: Database
    feed: Feed
    analytics: Analytics
    mirror: Mirror
    clock: Clock

    def create(self, experiment: Experiment) -> Experiment:
        """Stores a new experiment in draft."""
        if found := check_experiment(experiment):
            raise InvalidArgument(found)
        now = self.clock.now()
        new = replace(
            experiment,
            arms=with_ranges(experiment.arms),
            salt=experiment.salt or secrets.token_hex(8),
            etag=new_id(),
            created_at=now,
            updated_at=now,
        )

        def operation(connection: sa.Connection) -> None:
            if not store.create(connection, new):
                raise AlreadyExists("experiment", new.experiment_id)

        self.database.run(operation)
        self.mirror.note(new.experiment_id)
        return new

    def update(self, experiment: Experiment) -> Experiment:
        """Changes names and grows arms."""

        def change(before: Experiment) -> Experiment:
            if experiment.etag and experiment.etag != before.etag:
                raise Aborted("experiment", before.experiment_id)
            after = replace(
                before,
                display_name=experiment.display_name,
                description=experiment.description,
                arms=with_ranges(experiment.arms),
            )
            if found := check_growth(before, after):
                raise InvalidArgument(found)
            return after

        return self._change(experiment.experiment_id, change)

    def get(self, experiment_id: str) -> Experiment:
        """One experiment."""
        with self.database.read() as connection:
            return _found(store.load(connection, experiment_id), experiment_id)

    def page(self, *, after: str, limit: int) -> Sequence[Experiment]:
        """Experiments with ids behind ``after``."""
        with self.database.read() as connection:
            return store.page(connection, after=after, limit=limit)

    def start(self, experiment_id: str) -> Experiment:
        """Lets customers be assigned."""

        def change(before: Experiment) -> Experiment:
            if before.state is ExperimentState.RUNNING:
                return before
            return replace(
                before,
                state=ExperimentState.RUNNING,
                started_at=before.started_at or self.clock.now(),
                stopped_at=None,
            )

        return self._change(experiment_id, change)

    def stop(self, experiment_id: str) -> Experiment:
        """Lets nobody new be assigned."""

        def change(before: Experiment) -> Experiment:
            if before.state is ExperimentState.DRAFT:
                raise FailedPrecondition(f"experiment {experiment_id} has not been started", state=before.state.value)
            if before.state is ExperimentState.STOPPED:
                return before
            return replace(before, state=ExperimentState.STOPPED, stopped_at=self.clock.now())

        return self._change(experiment_id, change)

    def start_epoch(self, experiment_id: str, salt: str) -> Experiment:
        """Opens a new epoch."""
        now = self.clock.now()

        def operation(connection: sa.Connection) -> Experiment:
            before = _found(store.lock(connection, experiment_id), experiment_id)
            after = replace(
                before,
                epoch=before.epoch + 1,
                salt=salt or secrets.token_hex(8),
                etag=new_id(),
                updated_at=now,
            )
            store.save(connection, after)
            store.open_epoch(connection, after)
            return after

        after = self.database.run(operation)
        self.mirror.note(experiment_id)
        return after

    def epochs(self, experiment_id: str) -> Sequence[Epoch]:
        """All epochs, oldest first."""
        with self.database.read() as connection:
            _found(store.load(connection, experiment_id), experiment_id)
            return store.epochs(connection, experiment_id)

    def assign(self, experiment_id: str, customer_ids: Sequence[int]) -> list[Result]:
        """The arm of each customer: the stored one, else one that is drawn and stored now."""
        canonical, groups = self._people(customer_ids)
        now = self.clock.now()

        def operation(connection: sa.Connection) -> dict[int, Result]:
            experiment = _found(store.lock(connection, experiment_id), experiment_id)
            found: dict[int, Result] = dict(self._stored(connection, experiment, groups, experiment.epoch))
            missing = [each for each in dict.fromkeys(canonical.values()) if each not in found]
            if experiment.state is not ExperimentState.RUNNING:
                return found | {each: _not_running(experiment) for each in missing}
            drawn = {each: _draw(experiment, each, now) for each in missing}
            self._keep(connection, experiment, [each for each in drawn.values() if each.arm_id], now)
            return found | drawn

        results = self.database.run(operation)
        self.mirror.note(experiment_id)
        return [results[canonical[each]] for each in customer_ids]

    def import_assignments(self, experiment_id: str, given: Sequence[Given]) -> list[Result]:
        """Stores assignments made elsewhere."""
        canonical, groups = self._people([each.customer_id for each in given])
        now = self.clock.now()

        def operation(connection: sa.Connection) -> list[Result]:
            experiment = _found(store.lock(connection, experiment_id), experiment_id)
            stored = self._stored(connection, experiment, groups, experiment.epoch)
            new: dict[int, Assignment] = {}
            results = []
            for each in given:
                customer_id = canonical[each.customer_id]
                known = stored.get(customer_id) or new.get(customer_id)
                result = known or _imported(experiment, customer_id, each, now)
                if known and known.arm_id != each.arm_id:
                    result = item_error(AlreadyExists("assignment of customer", each.customer_id))
                elif known is None and isinstance(result, Assignment):
                    new[customer_id] = result
                results.append(result)
            self._keep(connection, experiment, list(new.values()), now)
            return results

        results = self.database.run(operation)
        self.mirror.note(experiment_id)
        return results

    def assignment(self, experiment_id: str, customer_id: int, *, epoch: int) -> Assignment:
        """The stored arm of one customer."""
        canonical, groups = self._people([customer_id])
        with self.database.read() as connection:
            experiment = _found(store.load(connection, experiment_id), experiment_id)
            stored = self._stored(connection, experiment, groups, epoch or experiment.epoch)
        found = stored.get(canonical[customer_id])
        if found is None:
            raise NotFound("assignment of customer", customer_id)
        return found

    def _people(self, customer_ids: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
        """Who each id is now; and for all ids that were ever theirs, who they are now."""
        with self.analytics.reader() as connection:
            canonical = asking.followed(connection, customer_ids)
            return canonical, asking.all_ids_of(connection, set(canonical.values()))

    def _stored(
        self, connection: sa.Connection, experiment: Experiment, groups: Mapping[int, int], epoch: int
    ) -> dict[int, Assignment]:
        """The assignment of each person who has one, judged from all that they brought along."""
        by_person: dict[int, list[Assignment]] = {}
        for each in store.assignments(connection, experiment, list(groups), epoch=epoch):
            by_person.setdefault(groups[each.customer_id], []).append(each)
        return {person: judged(each, experiment) for person, each in by_person.items()}

    def _keep(
        self, connection: sa.Connection, experiment: Experiment, made: Sequence[Assignment], now: datetime
    ) -> None:
        if made:
            store.assign(connection, experiment, made)
            self.feed.append(connection, announce.arms_assigned(made, now))

    def _change(self, experiment_id: str, change: Callable[[Experiment], Experiment]) -> Experiment:
        def operation(connection: sa.Connection) -> Experiment:
            before = _found(store.lock(connection, experiment_id), experiment_id)
            after = change(before)
            if after is not before:
                after = replace(after, etag=new_id(), updated_at=self.clock.now())
                store.save(connection, after)
            return after

        return self.database.run(operation)


def _found(experiment: Experiment | None, experiment_id: str) -> Experiment:
    if experiment is None:
        raise NotFound("experiment", experiment_id)
    return experiment


def _not_running(experiment: Experiment) -> common_pb2.ItemError:
    error: TidegateError = FailedPrecondition(
        f"experiment {experiment.experiment_id} is {experiment.state}; start it before it assigns anyone",
        state=experiment.state.value,
    )
    return item_error(error)


def _draw(experiment: Experiment, customer_id: int, now: datetime) -> Assignment:
    bucket = bucket_of(experiment.salt, experiment.experiment_id, customer_id)
    arm = arm_of(experiment.arms, bucket)
    return Assignment(
        experiment_id=experiment.experiment_id,
        epoch=experiment.epoch,
        customer_id=customer_id,
        arm_id=arm.arm_id if arm else "",
        role=arm.role if arm else ArmRole.TREATMENT,
        bucket=bucket,
        source=AssignmentSource.DRAWN,
        assigned_at=now,
    )


def _imported(experiment: Experiment, customer_id: int, given: Given, now: datetime) -> Result:
    arm = experiment.arm(given.arm_id)
    if arm is None:
        return item_error(InvalidArgument.at("arm_id", f"the experiment has no arm {given.arm_id!r}"))
    return Assignment(
        experiment_id=experiment.experiment_id,
        epoch=experiment.epoch,
        customer_id=customer_id,
        arm_id=arm.arm_id,
        role=arm.role,
        bucket=_IMPORTED_BUCKET,
        source=AssignmentSource.IMPORTED,
        assigned_at=given.assigned_at or now,
    )
