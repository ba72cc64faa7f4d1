"""One import, from the file to the summary."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic
from zoneinfo import ZoneInfo

from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.importing.batches import Item, Maker, read_batches
from tidegate.importing.kinds import ImportKind
from tidegate.importing.mapping import FileMapping, M
from tidegate.importing.paths import ImportPaths
from tidegate.importing.rejects import RejectsFile
from tidegate.importing.rows import Position
from tidegate.importing.sending import Settled, deliver
from tidegate.importing.state import Beginning, Reached, StateFile, Work

PATIENCE = timedelta(seconds=60)
_SAVE_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows; ``earlier`` ones were acknowledged before an interruption.

    ``accepted`` items are taken now, ``duplicates`` are events that were known before, ``rejected`` rows are in the
    file of rejects (those from before an interruption included). ``created``, ``merged`` and ``conflicts`` are
    identity's: customers that were not known, customers merged away (told of events alone), items whose identifiers
    disagree.
    """

    earlier: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    created: int = 0
    merged: int = 0
    conflicts: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is: bytes and rows of the file that are acknowledged, and what became of them."""

    bytes_read: int
    bytes_total: int
    rows: int
    counts: Counts


def import_file(
    kind: ImportKind[M, Item],
    stub: IdentityServiceStub,
    mapping: M,
    paths: ImportPaths,
    *,
    address: str,
    company_zone: ZoneInfo,
    patience: timedelta = PATIENCE,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Imports a file of one ``kind`` of rows and returns where it ended.

    An import that was interrupted goes on behind the last acknowledged row: events are idempotent by source and event
    id, customers by their time, so a batch that is sent twice does no harm. ``address`` tells services apart in the
    state file. Raises FilesError, MappingError (the file does not fit it), or ImportFailed.
    """
    with paths.open_rows() as file:
        size = paths.rows.stat().st_size
        state = StateFile(paths.state, _work(paths, mapping, zone=company_zone.key, address=address), Beginning(file))
        reached = state.load()
        maker = kind.maker(mapping, company_zone)
        batches = read_batches(paths.rows, file, mapping, maker=maker, start=reached.position)
        with RejectsFile(paths.rejects, keep_bytes=reached.rejected_bytes) as rejects:
            state.save(reached)
            run = _Run(state, rejects, maker, reached=reached, size=size)
            run.follow(deliver(kind.sender(stub), batches, patience=patience), on_progress)
            rejects.finish()
    state.remove()
    return run.progress


class _Run(Generic[Item]):
    """Notes what is acknowledged."""

    def __init__(
        self, state: StateFile, rejects: RejectsFile, maker: Maker[Item], *, reached: Reached, size: int
    ) -> None:
        self._state = state
        self._rejects = rejects
        self._maker = maker
        self._reached = reached
        self._saved_at = time.monotonic()
        counts = Counts(earlier=reached.rows, rejected=reached.rejected)
        self.progress = Progress(reached.offset, size, reached.rows, counts)

    def follow(self, settled: Iterator[Settled[Item]], on_progress: Callable[[Progress], None]) -> None:
        """Takes note of every settled batch; however it ends, the state file says how far it came."""
        on_progress(self.progress)
        try:
            for each in settled:
                self._note(each)
                on_progress(self.progress)
        finally:
            self._state.save(self._reached)

    def _note(self, settled: Settled[Item]) -> None:
        batch, answer = settled.batch, settled.answer
        rejects = batch.all_rejects(answer.refused, self._maker)
        self._rejects.write(rejects)
        counts = self.progress.counts
        counts = replace(
            counts,
            accepted=counts.accepted + answer.accepted,
            duplicates=counts.duplicates + answer.duplicates,
            rejected=counts.rejected + len(rejects),
            created=counts.created + answer.created,
            merged=counts.merged + answer.merged,
            conflicts=counts.conflicts + answer.conflicts,
        )
        self._advance(batch.end, counts)

    def _advance(self, end: Position, counts: Counts) -> None:
        self.progress = replace(self.progress, bytes_read=end.offset, rows=end.rows, counts=counts)
        self._reached = Reached(
            rows=end.rows,
            offset=end.offset,
            rejected=counts.rejected,
            rejected_bytes=self._rejects.size,
        )
        if time.monotonic() - self._saved_at > _SAVE_EVERY_SECONDS:
            self._state.save(self._reached)
            self._saved_at = time.monotonic()


def _work(paths: ImportPaths, mapping: FileMapping, *, zone: str, address: str) -> Work:
    """Known by the mapping with the company's ``zone``, the service's address, and where the rejects are."""
    return Work(
        mapping=hashlib.sha256(f"{zone} {mapping.model_dump_json()}".encode()).hexdigest(),
        address=address,
        rejects=os.path.relpath(paths.rejects, paths.state.parent),
    )
