"""Copies assignments into the analytic store, in the order in which they were made."""

import threading
from collections.abc import Callable

from tidegate.runtime.db import Database
from tidegate.segmentation.analytic_store import arms
from tidegate.segmentation.analytic_store.engine import Analytics
from tidegate.segmentation.following import Facts
from tidegate.segmentation.store import experiments as store

_PAGE = 10_000


class Mirror:
    """Keeps the copy of assignments current. ``on_change`` is called when something was copied."""

    def __init__(self, database: Database, analytics: Analytics, facts: Facts, on_change: Callable[[], None]) -> None:
        self._database = database
        self._analytics = analytics
        self._facts = facts
        self._on_change = on_change
        self._lock = threading.Lock()
        self._copying = threading.Lock()
        self._behind: set[str] = set()
        after = ""
        with database.read() as connection:
            while page := store.page(connection, after=after, limit=1_000):
                self._behind |= {each.experiment_id for each in page}
                after = page[-1].experiment_id

    def note(self, experiment_id: str) -> None:
        """The experiment has assignments that may not have been copied yet."""
        with self._lock:
            self._behind.add(experiment_id)

    def catch_up(self) -> None:
        """Copies whatever has been noted. Without a note this executes no statement."""
        with self._copying:
            while (experiment_id := self._next()) is not None:
                try:
                    self._copy(experiment_id)
                except BaseException:
                    self.note(experiment_id)
                    raise

    def _next(self) -> str | None:
        with self._lock:
            return self._behind.pop() if self._behind else None

    def _copy(self, experiment_id: str) -> None:
        with self._database.read() as connection:
            experiment = store.load(connection, experiment_id)
        if experiment is None:
            return
        with self._analytics.writer() as connection:
            arms.set_epoch(connection, experiment, touch=self._facts.next_serial())
            through = arms.copied_through(connection, experiment_id)
        while True:
            with self._database.read() as source:
                page = store.assigned_after(source, experiment_id, serial=through, limit=_PAGE)
            if not page:
                break
            with self._analytics.writer() as connection:
                arms.add_assignments(connection, experiment, page, touch=self._facts.next_serial())
            through = page[-1].serial
        self._on_change()
