"""Score models: defined, run in the background, read.

A run measures and sorts in the analytic store, beside the scores in force. Then the changed tiers are announced, in
batches that each note how far they went, and at last the new scores take their place. A run that was interrupted
goes on: before its scores are stored from the start, for the same instant; afterwards where its announcing stopped.
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
from tidegate.segmentation.analytic_store import scores as analytic
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.analytic_store.questions import Questions
from tidegate.segmentation.following import Facts
from tidegate.segmentation.model.scoring import CustomerScore, RunState, ScoreModel, ScoreRun
from tidegate.segmentation.model.segment import Announcement
from tidegate.segmentation.model.subject import NOBODY, Subject, entity_number
from tidegate.segmentation.naming import Names
from tidegate.segmentation.rules.inputs import Inputs
from tidegate.segmentation.rules.scoring import check_model
from tidegate.segmentation.running import AWAY, Ends, request_dependents
from tidegate.segmentation.store import models as store
from tidegate.segmentation.store import tellings
from tidegate.segmentation.wire.scoring import load_model

LOG = structlog.get_logger(__name__)
_BATCH = 10_000


class Scores:
    """The operations on score models; ``step`` is one pass of the loop that runs them."""

    def __init__(
        self,
        database: Database,
        feed: Feed,
        analytics: Analytics,
        *,
        facts: Facts,
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
        self._questions = questions
        self._names = names
        self._clock = clock
        self._requested = threading.Event()
        self._requested.set()
        self._ends = Ends()
        self._changed = changed
        self.wake: Callable[[], None] = lambda: None
        """Wakes the loop that makes the passes; set by whoever makes the loop."""

    def create(self, model: ScoreModel) -> ScoreModel:
        """Stores a new model."""
        now = self._clock.now()
        new = replace(model, etag=new_id(), created_at=now, updated_at=now)

        def operation(connection: sa.Connection) -> None:
            self._check(connection, new)
            if not store.create(connection, new):
                raise AlreadyExists("score model", new.model_id)

        self._database.run(operation)
        return new

    def update(self, model: ScoreModel) -> ScoreModel:
        """Changes a model as a whole; scores stay until the next run."""

        def operation(connection: sa.Connection) -> ScoreModel:
            before = _found(store.lock(connection, model.model_id), model.model_id)
            if model.etag and model.etag != before.etag:
                raise Aborted("score model", model.model_id)
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

    def get(self, model_id: str) -> ScoreModel:
        """One model."""
        with self._database.read() as connection:
            return _found(store.load(connection, model_id), model_id)

    def page(self, *, after: str, limit: int) -> Sequence[ScoreModel]:
        """Models with ids behind ``after``."""
        with self._database.read() as connection:
            return store.page(connection, after=after, limit=limit)

    def run(
        self,
        model_id: str,
        *,
        as_of: datetime | None,
        announcement: Announcement | None,
        wait: float,
        position: int,
    ) -> ScoreRun:
        """Has a model run, or joins the run under way, and waits up to ``wait`` seconds for its end."""
        self._facts.wait_for(position)

        def operation(connection: sa.Connection) -> ScoreRun:
            model = _found(store.lock(connection, model_id), model_id)
            latest = store.load_run(connection, model_id, "")
            if latest is not None and latest.state is RunState.RUNNING:
                return latest
            first = Announcement.ALL if model.latest_run_id else Announcement.QUIET
            now = self._clock.now()
            run = ScoreRun(
                run_id=new_id(),
                model_id=model_id,
                version=model.version,
                body=model.body,
                as_of=as_of or now,
                announcement=announcement or first,
                started_at=now,
            )
            store.add_run(connection, run)
            return run

        run = self._database.run(operation)
        self._requested.set()
        self.wake()
        return self._ends.wait(lambda: self.get_run(model_id, run.run_id), wait)

    def get_run(self, model_id: str, run_id: str) -> ScoreRun:
        """One run of a model; '' is the newest."""
        self.get(model_id)
        with self._database.read() as connection:
            run = store.load_run(connection, model_id, run_id)
        if run is None:
            raise NotFound("score run", run_id or f"of {model_id}")
        return run

    def scores(self, model_id: str, customer_ids: Sequence[int]) -> tuple[dict[int, CustomerScore], str]:
        """The scores in force of these customers, and the run they are from."""
        model = self.get(model_id)
        if model.subject is not Subject.CUSTOMERS:
            raise InvalidArgument.at("customer_ids", f"the model is over {model.subject.plural}; give entity_ids")
        return self._in_force(model, customer_ids), model.latest_run_id

    def entity_scores(self, model_id: str, entity_ids: Sequence[str]) -> tuple[list[CustomerScore | None], str]:
        """The scores in force of these entities, None for those that have none, and the run they are from."""
        model = self.get(model_id)
        if model.subject is Subject.CUSTOMERS:
            raise InvalidArgument.at("entity_ids", "the model is over customers; give customer_ids")
        numbers = [entity_number(model.subject, each) for each in entity_ids]
        found = self._in_force(model, numbers)
        return [found.get(each) for each in numbers], model.latest_run_id

    def _in_force(self, model: ScoreModel, ids: Sequence[int]) -> dict[int, CustomerScore]:
        with self._analytics.reader() as connection:
            return analytic.scores_of(connection, model, ids)

    def step(self) -> bool:
        """Completes the runs under way; returns whether there were any."""
        if not self._requested.is_set():
            return False
        self._requested.clear()
        try:
            with self._database.read() as connection:
                runs = store.running(connection)
            for run in runs:
                self._complete(run)
        except BaseException:
            self._requested.set()  # what is under way is gone on with
            raise
        return bool(runs)

    def _complete(self, run: ScoreRun) -> None:
        """A run that can't be made fails; one that the database was not there for is gone on with later."""
        try:
            model = load_model(run.body, run.model_id)
            measured = self._measure(run, model)
            self._announce(measured)
            with self._analytics.writer() as connection:
                analytic.put_in_force(connection, run.model_id, run.run_id)
        except AWAY:
            raise
        except Exception as error:
            LOG.exception("score_model.run_failed", model_id=run.model_id)
            measured = replace(run, state=RunState.FAILED, error=f"{type(error).__name__}: {error}")
            with self._analytics.writer() as connection:
                analytic.forget(connection, run.run_id)
        self._end(measured)

    def _measure(self, run: ScoreRun, model: ScoreModel) -> ScoreRun:
        compiler = self._questions.compiler(*self._facts.reach(model.subject))
        with self._analytics.writer() as connection:
            connection.execute(f"SET VARIABLE now = {micros(run.as_of)}::BIGINT")
            if run.cuts and analytic.is_finished(connection, run.run_id):
                return run
            analytic.measure(connection, model, compiler)
            cuts = analytic.sort_into_classes(connection, model, run.run_id)
            counts = analytic.tier_counts(connection, model, run.run_id)
        customers = sum(each.customers for each in counts)
        # What was announced of scores that are in force already says nothing of these, which are compared with them.
        measured = replace(run, cuts=cuts, tier_counts=counts, customers=customers, announced_through=NOBODY)
        self._database.run(lambda c: store.save_run(c, measured))
        return measured

    def _announce(self, run: ScoreRun) -> None:
        subject = load_model(run.body, run.model_id).subject
        after = run.announced_through
        while run.announcement is Announcement.ALL:
            with self._analytics.reader() as connection:
                changes = analytic.tier_changes(connection, run.model_id, run.run_id, after=after, limit=_BATCH)
            if not changes:
                return
            after = changes[-1].customer_id
            entries = announce.tiers_changed(changes, run, subject, now=self._clock.now())

            def operation(connection: sa.Connection, after: int = after, entries: Sequence = entries) -> None:  # type: ignore[type-arg]
                self._feed.append(connection, entries)
                store.note_announced(connection, run.run_id, after)

            self._database.run(operation)

    def _end(self, run: ScoreRun) -> None:
        """The run ends; what depends on the model's scores is computed anew."""
        succeeded = run.state is RunState.RUNNING
        ended = replace(run, state=RunState.SUCCEEDED if succeeded else run.state, ended_at=self._clock.now())

        def operation(connection: sa.Connection) -> None:
            model = _found(store.lock(connection, run.model_id), run.model_id)
            store.save_run(connection, ended)
            if succeeded:
                store.save(connection, replace(model, latest_run_id=run.run_id))
                if run.announcement is Announcement.QUIET:
                    tellings.tell_anew(connection, tellings.MODEL, run.model_id)
                request_dependents(connection, lambda inputs: run.model_id in inputs.model_ids)

        self._database.run(operation)
        LOG.info("score_model.run_ended", model_id=run.model_id, state=ended.state.value, error=run.error)
        self._changed()
        self._ends.notify()

    def _check(self, connection: sa.Connection, model: ScoreModel) -> None:
        inputs = Inputs.of_segments([model.segment_id] if model.segment_id else [])
        known = replace(self._names.known(connection, inputs), catalog=self._facts.reach(model.subject)[0])
        if found := check_model(model, known):
            raise InvalidArgument(found)


def _found(model: ScoreModel | None, model_id: str) -> ScoreModel:
    if model is None:
        raise NotFound("score model", model_id)
    return model
