"""Pure: a walk on its way through a pass."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tidegate.journey.canvas import Definition
from tidegate.journey.conditions import Signal
from tidegate.journey.walk import Answer, EndedWait, News, Posture, Step, Walk, WalkState
from tidegate.runtime.clock import from_micros, micros


class Mover:
    """A walk's moving parts, changed in place, and the steps behind it since it was stored last.

    ``now``, ``signals``, and ``news`` (of the visit at which it was claimed) are what is known to it, ``given`` the
    last answer. ``committed_visit`` and ``committed_memory`` are what is stored of it.
    """

    __slots__ = (
        "committed_memory", "committed_visit", "customer_id", "definition", "end_reason", "enrollment_id", "entered",
        "given", "goals", "memory", "message_id", "news", "node_entered", "node_id", "now", "position", "posture",
        "signals", "state", "steps", "timer", "visit",
    )  # fmt: skip

    def __init__(
        self,
        definition: Definition,
        walk: Walk,
        now: datetime,
        *,
        signals: tuple[Signal, ...] = (),
        news: News | None = None,
    ) -> None:
        self.definition = definition
        self.now = now
        self.signals = signals
        self.news = news
        (
            self.enrollment_id, self.customer_id, self.node_id, self.visit, self.entered, self.node_entered,
            self.posture, self.timer, self.position, self.message_id, self.memory, self.state, self.end_reason,
        ) = walk  # fmt: skip
        self.stored()

    def stored(self) -> None:
        """Notes that the walk is stored where it stands, and its steps with it."""
        self.committed_visit = self.visit
        self.committed_memory = self.memory
        self.steps: list[Step] = []
        self.goals: list[str] = []
        self.given: Answer | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the walk has just come to its node and nothing was begun there."""
        return self.posture is Posture.READY

    @property
    def is_over(self) -> bool:
        """Whether what the walk waits for is over."""
        return self.timer <= self.now

    @property
    def began(self) -> datetime:
        """From when on exits and goals count what happens: at the latest, the entry."""
        entered, since = self.entered, self.memory.since
        return entered if since is None else min(entered, from_micros(since))

    @property
    def entry(self) -> Mapping[str, Any]:
        """The entry's properties."""
        return self.memory.entry

    def answer(self) -> Any:
        """The answer to this visit's question, else None."""
        answer = self.given
        return answer if answer is not None and answer.visit == self.visit else None

    def leave(self, label: str, reason: str = "") -> None:
        """Goes on by ``label``, or ends as finished where nothing is wired."""
        self._step(label, reason)
        target = self.definition.canvas.follow(self.node_id, label)
        if target is None:
            self._close(WalkState.FINISHED, "end_of_canvas")
        else:
            self._enter(target)

    def _enter(self, node_id: str) -> None:
        """Comes to a node. The timer keeps the time at which the walk should have come, to tell lateness by."""
        now = self.now
        if node_id in self.definition.remembered:
            self.remember(entered={**self.memory.entered, node_id: micros(now)})
        self.node_id = node_id
        self.visit += 1
        self.node_entered = now
        self.posture = Posture.READY
        self.timer = min(self.timer, now)
        self.message_id = ""
        self.news = None

    def wait(self, posture: Posture, until: datetime) -> None:
        """Rests at the node until ``until`` at the latest."""
        self.posture = posture
        self.timer = until

    def end(self, state: WalkState, reason: str) -> None:
        """Ends the walk where it stands."""
        self._step("", reason)
        self._close(state, reason)

    def use(self, signal: Signal) -> None:
        """Notes that ``signal`` ends the wait at which the walk stands."""
        ended = EndedWait(signal.mark, signal.properties or {})
        self.remember(waits={**self.memory.waits, self.node_id: ended})
        self.position = max(self.position, signal.position)

    def remember(self, **changes: Any) -> None:
        """Puts something into the walk's memory."""
        self.memory = self.memory._replace(**changes)

    def attain(self, name: str) -> None:
        """Notes a goal, once."""
        if all(name != reached for reached, _ in self.memory.goals):
            self.goals.append(name)
            self.remember(goals=(*self.memory.goals, (name, micros(self.now))))

    def _step(self, label: str, reason: str) -> None:
        self.steps.append(Step(self.visit, self.node_id, self.node_entered, self.now, label, reason, self.message_id))

    def _close(self, state: WalkState, reason: str) -> None:
        self.state = state
        self.end_reason = reason
