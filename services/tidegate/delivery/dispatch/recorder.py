"""Gathers what came of calls and records it in batches: while one is being written, the next one grows."""

import threading
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tidegate.channels import OutcomeKind
from tidegate.delivery.model import CallResult
from tidegate.delivery.outcomes import Outcomes
from tidegate.delivery.steps import Answered
from tidegate.runtime.db import LostRace
from tidegate.runtime.db.database import is_retryable
from tidegate.runtime.loops import Activity, Loop, Meter

LOG = structlog.get_logger(__name__)
_MOST = 1_000


class Recorder:
    """Takes results from any thread.

    Nothing is forgotten when the database can't be reached. A result that the database will never take is set
    aside by itself, as uncertain: the others go on.
    """

    def __init__(self, outcomes: Outcomes, activity: Activity) -> None:
        self._outcomes = outcomes
        self._lock = threading.Lock()
        self._waiting: list[Answered] = []
        self.loop = Loop("delivery.outcomes", self._step, activity=activity)

    @property
    def calls(self) -> Meter:
        """Is held for every message that is on its way; a recorded result releases it."""
        return self.loop.meter

    def put(self, answered: Sequence[Answered]) -> None:
        """Hands results over."""
        with self._lock:
            self._waiting += answered
        self.loop.wake()

    def flush(self) -> None:
        """Records all there is, at the end."""
        while self._step():
            pass

    def _step(self) -> bool:
        with self._lock:
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        if not batch:
            return False
        left = list(batch)
        try:
            self._record(left)
        finally:
            with self._lock:
                self._waiting[:0] = left
            self.calls.release(len(batch) - len(left))
        return True

    def _record(self, left: list[Answered]) -> None:
        """Records, and takes off ``left`` what is done; a part that fails for good is halved down to the culprit."""
        count = len(left)
        while left:
            part = left[:count]
            try:
                self._outcomes.record(part)
            except Exception as error:
                if _is_passing(error):
                    raise
                if len(part) > 1:
                    count = len(part) // 2
                    continue
                self._record_as_uncertain(part[0], error)
            del left[: len(part)]

    def _record_as_uncertain(self, answered: Answered, error: Exception) -> None:
        result = answered.result
        LOG.error("outcome.not_recorded", message_id=result.message_id, kind=result.kind, error=type(error).__name__)
        try:
            self._outcomes.record([answered._replace(result=_uncertain(result, error))])
        except Exception as again:
            if _is_passing(again):
                raise
            # its lease ends, and the message is uncertain then
            LOG.exception("outcome.given_up", message_id=result.message_id)


def _is_passing(error: Exception) -> bool:
    """Whether the database is out of reach or busy: the same may succeed later."""
    if isinstance(error, DBAPIError | LostRace) and is_retryable(error):
        return True
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout)


def _uncertain(result: CallResult, error: Exception) -> CallResult:
    return CallResult(
        message_id=result.message_id,
        lease_token=result.lease_token,
        account_id=result.account_id,
        channel=result.channel,
        started=result.started,
        ended=result.ended,
        kind=OutcomeKind.UNCERTAIN,
        detail=f"the outcome could not be recorded: {type(error).__name__}",
    )
