"""What the calls of identity work with."""

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.identity.definitions import Definer
from tidegate.identity.entities import Entities
from tidegate.identity.entity_events import EntityEvents
from tidegate.identity.erasing import Eraser
from tidegate.identity.households import Households
from tidegate.identity.judging import Judge
from tidegate.identity.merging import Merger
from tidegate.identity.model import Fact
from tidegate.identity.reading import Reader
from tidegate.identity.record import Recorder, Result
from tidegate.identity.recounting import Recounter
from tidegate.identity.registry import Definitions, Registry
from tidegate.identity.relating import Relator
from tidegate.identity.sourcing import SourceDesk
from tidegate.identity.splitting import Splitter
from tidegate.identity.unlinking import Unlinker
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.errors import InvalidArgument
from tidegate.runtime.feed import Feed


@dataclass(frozen=True, slots=True)
class Tools:
    """The operations, and what parsing needs."""

    recorder: Recorder
    merger: Merger
    splitter: Splitter
    unlinker: Unlinker
    judge: Judge
    eraser: Eraser
    reader: Reader
    recounter: Recounter
    definer: Definer
    entities: Entities
    entity_events: EntityEvents
    relator: Relator
    households: Households
    sources: SourceDesk
    registry: Registry
    feed: Feed
    clock: Clock

    def definitions(self) -> Definitions:
        """The definitions in force."""
        return self.registry.current()

    def now(self) -> int:
        """The business time in microseconds since the epoch."""
        return micros(self.clock.now())

    def record(self, parsed: Sequence[Fact | InvalidArgument]) -> list[Result]:
        """Records the facts among ``parsed``; what could not be parsed keeps its place with its error."""
        recorded = iter(self.recorder.record([item for item in parsed if isinstance(item, Fact)]))
        return [next(recorded) if isinstance(item, Fact) else item for item in parsed]
