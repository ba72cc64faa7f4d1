"""Stage models: defined, run in the background, read.

A run sorts all customers into stages in the analytic store. Then what changed is written into the history and
announced, in batches that each note how far they went; the history is the service's database's, since nothing could
tell it again. At last the changes are put in force in the analytic store, whose copy of the history answers
questions: a copy that does not show its model's newest run is made anew at start.

A run that was interrupted goes on: before all changes are known from the start, for the same instant; afterwards
where its recording stopped. It is made in the loop that evaluates segments, behind a pass that left nobody unasked,
and not while anything that its rules name is still to be computed: so stages follow segments, scores, and other
stages in the order in which they depend on each other.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
import structlog

from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.db import Database
from tidegate.runtime.errors import Aborted, AlreadyExists, InvalidArgument, NotFound
from tidegate.runtime.feed import Feed
from tidegate.runtime.ids import new_id
from tidegate.segmentation import announce
from tidegate.segmentation.analytic_store import stages as analytic
from tidegate.segmentation.analytic_store.engine import Analytics, Connection
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.definitions import readable, with_segments_named
from tidegate.segmentation.evaluation import Evaluator
from tidegate.segmentation.following import Facts
from tidegate.segmentation.model.scoring import RunState
from tidegate.segmentation.model.segment import Announcement, SegmentState
from tidegate.segmentation.model.staging import StageChange, StageFlow, StageModel, StageRecord, StageRun
from tidegate.segmentation.model.subject import NOBODY, Subject, entity_number
from tidegate.segmentation.naming import Names
from tidegate.segmentation.rules.staging import in_order, inputs_of_model
from tidegate.segmentation.running import AWAY, Ends, request_dependents
from tidegate.segmentation.store import models, segments
from tidegate.segmentation.store import stages as store
from tidegate.segmentation.wire.staging import load_model

LOG = structlog.get_logger(__name__)
_BATCH = 10_000


class Stages:
    """The operations on stage models; ``step`` is one pass of the loop that runs them."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        analytics: Analytics,
        *,
        facts: Facts,
        evaluator: Evaluator,
        questions: Questions,
        names: Names,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        """``changed`` is called when a run has ended, since segments may depend on it."""
        self._database = database
        self._feed = feed
        self._analytics = analytics
        self._facts = facts
        self._evaluator = evaluator
        self._questions = questions
        self._names = names
        self._clock = clock
        self._requested = threading.Event()
        self._requested.set()
        self._ends = Ends()
        self._changed = changed
        self._seen: dict[str, int] = {}
        self.wake: Callable[[], None] = lambda: None
        """Wakes the loop that makes the passes; set by whoever makes the loop."""
        self._restore()

    def create(self, model: StageModel) -> StageModel:
        """Stores a new model."""
        now = self._clock.now()
        new = replace(model, etag=new_id(), created_at=now, updated_at=now)

        def operation(connection: sa.Connection) -> None:
            segments.lock_rules(connection)
            self._check(connection, new)
            if not store.create(connection, new):
                raise AlreadyExists("stage model", new.model_id)

        self._database.run(operation)
        return new

    def update(self, model: StageModel) -> StageModel:
        """Changes a model as a whole; stages stay until the next run."""

        def operation(connection: sa.Connection) -> StageModel:
            segments.lock_rules(connection)
            before = _found(store.lock(connection, model.model_id), model.model_id)
            if model.etag and model.etag != before.etag:
                raise Aborted("stage model", model.model_id)
            if model.subject is not before.subject:
                raise InvalidArgument.at("model.subject", f"stays: the model is over {before.subject.plural}")
            self._check(connection, model)
            after = replace(
                model,
                version=before.version + 1,
                latest_run_id=before.latest_run_id,
                etag=new_id(),
                created_at=before.created_at,
                updated_at=self._clock.now(),
            )
            store.save(connection, after)
            return after

        return self._database.run(operation)

    def get(self, model_id: str) -> StageModel:
        """One model."""
        with self._database.read() as connection:
            return _found(store.load(connection, model_id), model_id)

    def page(self, *, after: str, limit: int) -> Sequence[StageModel]:
        """Models with ids behind ``after``."""
        with self._database.read() as connection:
            return store.page(connection, after=after, limit=limit)

    def run(self, model_id: str, *, announcement: Announcement | None, wait: float, position: int) -> StageRun:
        """Has a model run, or joins the run under way, and waits up to ``wait`` seconds for its end."""
        self._facts.wait_for(position)

        def operation(connection: sa.Connection) -> StageRun:
            model = _found(store.lock(connection, model_id), model_id)
            latest = store.load_run(connection, model_id, "")
            if latest is not None and latest.state is RunState.RUNNING:
                return latest
            first = Announcement.ALL if model.latest_run_id else Announcement.QUIET
            now = self._clock.now()
            run = StageRun(
                run_id=new_id(),
                model_id=model_id,
                version=model.version,
                body=model.body,
                as_of=now,
                announcement=announcement or first,
                started_at=now,
            )
            store.add_run(connection, run)
            return run

        run = self._database.run(operation)
        self._requested.set()
        self.wake()
        return self._ends.wait(lambda: self.get_run(model_id, run.run_id), wait)

    def get_run(self, model_id: str, run_id: str) -> StageRun:
        """One run of a model; '' is the newest."""
        self.get(model_id)
        with self._database.read() as connection:
            run = store.load_run(connection, model_id, run_id)
        if run is None:
            raise NotFound("stage run", run_id or f"of {model_id}")
        return run

    def stages(self, model_id: str, customer_ids: Sequence[int], *, as_of: datetime | None) -> dict[int, StageRecord]:
        """The stages of these customers at an instant, or now."""
        model = self.get(model_id)
        if model.subject is not Subject.CUSTOMERS:
            raise InvalidArgument.at("customer_ids", f"the model is over {model.subject.plural}; give entity_ids")
        return self._at(model, customer_ids, as_of)

    def entity_stages(
        self, model_id: str, entity_ids: Sequence[str], *, as_of: datetime | None
    ) -> list[StageRecord | None]:
        """The stages of these entities at an instant, or now; None for those that no run has seen."""
        model = self.get(model_id)
        if model.subject is Subject.CUSTOMERS:
            raise InvalidArgument.at("entity_ids", "the model is over customers; give customer_ids")
        numbers = [entity_number(model.subject, each) for each in entity_ids]
        found = self._at(model, numbers, as_of)
        return [found.get(each) for each in numbers]

    def _at(self, model: StageModel, ids: Sequence[int], as_of: datetime | None) -> dict[int, StageRecord]:
        with self._analytics.reader() as connection:
            return analytic.stages_at(connection, model.model_id, ids, micros(as_of or self._clock.now()))

    def flow(self, model_id: str, *, first: datetime, second: datetime) -> Sequence[StageFlow]:
        """How many customers were in which stage at the first instant and at the second."""
        if second <= first:
            raise InvalidArgument.at("to_time", "must be later than from_time")
        model = self.get(model_id)
        with self._analytics.reader() as connection:
            return in_order(analytic.flows(connection, model, micros(first), micros(second)), model)

    def step(self) -> bool:
        """Completes the runs that are ready; returns whether another pass is to be made at once."""
        if not self._requested.is_set():
            return False
        self._requested.clear()
        try:
            with self._database.read() as connection:
                runs = store.running(connection)
            new = self._see(runs)
            ready = [run for run in runs if self._is_ready(run)]
            for run in ready:
                self._complete(run)
        except BaseException:
            self._requested.set()  # what is under way is gone on with
            raise
        if len(ready) < len(runs):
            self._requested.set()
        return new or bool(ready)

    def _see(self, runs: Sequence[StageRun]) -> bool:
        """Notes behind which pass of the evaluation runs were found; returns whether any of them is new."""
        before = self._seen.keys()
        new = any(run.run_id not in before for run in runs)
        self._seen = {run.run_id: self._seen.get(run.run_id, self._evaluator.rounds) for run in runs}
        if new:
            self._evaluator.note_touched()
        return new

    def _is_ready(self, run: StageRun) -> bool:
        """Whether nothing that the run rests on is to be computed, and a pass that began later left nobody unasked."""
        if self._evaluator.rounds <= self._seen[run.run_id]:
            return False
        named = inputs_of_model(load_model(run.body, run.model_id))
        with self._database.read() as connection:
            current = segments.current(connection)
            named = with_segments_named(named, readable(current))
            scoring = {each.model_id for each in models.running(connection)}
            staging = {each.model_id for each in store.running(connection)}
        computing = {each.segment_id for each in current if each.state is SegmentState.COMPUTING}
        if named.segment_ids & computing or named.model_ids & scoring or named.stage_model_ids & staging:
            self._seen[run.run_id] = self._evaluator.rounds  # what comes of these is to be asked first
            return False
        return True

    def _complete(self, run: StageRun) -> None:
        """A run that can't be made fails; one that the database was not there for is gone on with later."""
        try:
            ended = self._made(run)
        except AWAY:
            raise
        except Exception as error:
            LOG.exception("stage_model.run_failed", model_id=run.model_id)
            ended = replace(run, state=RunState.FAILED, error=f"{type(error).__name__}: {error}")
            with self._analytics.writer() as connection:
                analytic.forget(connection, run.run_id)
        self._end(ended)

    def _made(self, run: StageRun) -> StageRun:
        with self._analytics.reader() as reader:
            if analytic.copied_through(reader, run.model_id) == run.run_id:
                return run
        sorted_ = self._sort(run)
        self._record(sorted_)
        with self._analytics.writer() as connection:
            analytic.put_in_force(connection, run.model_id, run.run_id, run.as_of)
        return sorted_

    def _sort(self, run: StageRun) -> StageRun:
        model = load_model(run.body, run.model_id)
        compiler = self._questions.compiler(*self._facts.reach(model.subject))
        with self._analytics.writer() as connection:
            if run.stage_counts and analytic.is_sorted(connection, run.run_id):
                return run
            connection.execute(f"SET VARIABLE now = {micros(run.as_of)}::BIGINT")
            counts = analytic.sort_into_stages(connection, model, run.run_id, compiler)
        anew = replace(run, stage_counts=counts, recorded_through=NOBODY)

        def operation(connection: sa.Connection) -> None:
            store.unrecord(connection, run.run_id)
            store.save_run(connection, anew)

        self._database.run(operation)
        return anew

    def _record(self, run: StageRun) -> None:
        after = run.recorded_through
        while True:
            with self._analytics.reader() as connection:
                changes = analytic.changes(connection, run.run_id, after=after, limit=_BATCH)
            if not changes:
                return
            after = changes[-1].customer_id
            self._database.run(lambda connection, changes=changes: self._write(connection, run, changes))  # type: ignore[misc]

    def _write(self, connection: sa.Connection, run: StageRun, changes: Sequence[StageChange]) -> None:
        store.record(connection, run, changes)
        if run.announcement is Announcement.ALL:
            subject = load_model(run.body, run.model_id).subject
            self._feed.append(connection, announce.stages_changed(changes, run, subject, now=self._clock.now()))

    def _end(self, run: StageRun) -> None:
        """The run ends; what depends on the model's stages is computed anew."""
        succeeded = run.state is RunState.RUNNING
        ended = replace(run, state=RunState.SUCCEEDED if succeeded else run.state, ended_at=self._clock.now())

        def operation(connection: sa.Connection) -> None:
            model = _found(store.lock(connection, run.model_id), run.model_id)
            store.save_run(connection, ended)
            if succeeded:
                store.save(connection, replace(model, latest_run_id=run.run_id))
                request_dependents(connection, lambda inputs: run.model_id in inputs.stage_model_ids)
            else:
                store.unrecord(connection, run.run_id)

        self._database.run(operation)
        LOG.info("stage_model.run_ended", model_id=run.model_id, state=ended.state.value, error=run.error)
        self._changed()
        self._ends.notify()

    def _restore(self) -> None:
        """Copies the histories of models whose copies do not show the newest run that is done, or in force already."""
        with self._database.read() as source:
            for model in store.page(source):
                newest = store.load_run(source, model.model_id, "")
                under_way = newest.run_id if newest and newest.state is RunState.RUNNING else model.latest_run_id
                with self._analytics.writer() as connection:
                    shown = analytic.copied_through(connection, model.model_id)
                    if shown not in {model.latest_run_id, under_way}:
                        _copy(source, connection, model)

    def _check(self, connection: sa.Connection, model: StageModel) -> None:
        if found := self._names.violations_of_model(connection, model):
            raise InvalidArgument(found)


def _copy(source: sa.Connection, connection: Connection, model: StageModel) -> None:
    """Makes the copy of a model's history anew, up to its newest run that is done."""
    analytic.clear(connection, model.model_id)
    after = ("", 0)
    while page := store.history(source, model.model_id, through=model.latest_run_id, after=after, limit=_BATCH):
        analytic.add_records(connection, model.model_id, page)
        after = page[-1].run_id, page[-1].customer_id
    analytic.take_newest(connection, model.model_id)
    analytic.note_copied(connection, model.model_id, model.latest_run_id)
    LOG.info("stage_model.copied", model_id=model.model_id, run_id=model.latest_run_id)


def _found(model: StageModel | None, model_id: str) -> StageModel:
    if model is None:
        raise NotFound("stage model", model_id)
    return model
