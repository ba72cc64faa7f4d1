"""An import against a service that breaks: nothing is lost, nothing is counted twice, all is told."""

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import grpc
import pytest
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import events_pb2, identity_service_pb2_grpc
from tidegate.importing import FilesError, ImportFailed, ImportPaths, Progress, import_events, load_mapping

MAPPING = load_mapping(["source=shop", "event_id=row number", "name==visit", "time=at", "identifier.phone=phone"])
ROWS = 12_500


@dataclass
class Breaking(identity_service_pb2_grpc.IdentityServiceServicer):
    """Takes events like identity does, refuses phones that begin with 0, and breaks its streams when told.

    ``breaks``: after how many batches each stream in turn ends; the last of them has been taken already,
    only its acknowledgement is lost.
    """

    breaks: list[int] = field(default_factory=list)
    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE
    known: dict[str, str] = field(default_factory=dict)
    batches: int = 0

    def IngestStream(  # noqa: N802
        self, request_iterator: Iterator[events_pb2.IngestStreamRequest], context: grpc.ServicerContext
    ) -> Iterator[events_pb2.IngestStreamResponse]:
        left = self.breaks.pop(0) if self.breaks else -1
        for request in request_iterator:
            answer = self._take(request)
            left -= 1
            if left == 0:
                context.abort(self.code, "the stream breaks")
            yield answer

    def _take(self, request: events_pb2.IngestStreamRequest) -> events_pb2.IngestStreamResponse:
        self.batches += 1
        answer = events_pb2.IngestStreamResponse(sequence=request.sequence)
        for index, event in enumerate(request.events):
            if event.identifiers[0].value.startswith("0"):
                answer.refused.append(_refusal(index))
            elif event.event_id in self.known:
                answer.duplicates += 1
            else:
                self.known[event.event_id] = event.identifiers[0].value
                answer.accepted += 1
        return answer


def _refusal(index: int) -> events_pb2.RefusedEvent:
    path = f"events[{index}].identifiers[0].value"
    violation = common_pb2.FieldViolation(field=path, description="is no phone number")
    return events_pb2.RefusedEvent(index=index, error=common_pb2.ItemError(field_violations=[violation]))


@contextmanager
def served(servicer: Breaking) -> Iterator[identity_service_pb2_grpc.IdentityServiceStub]:
    server = grpc.server(ThreadPoolExecutor(4))
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield identity_service_pb2_grpc.IdentityServiceStub(channel)
    finally:
        server.stop(0).wait()


@pytest.fixture
def paths(tmp_path: Path) -> ImportPaths:
    """A file with a row that can't be mapped (3) and two that the service refuses (5, and one far behind)."""
    lines = [f"2026-01-01,{13800000000 + number}" for number in range(ROWS)]
    lines[2], lines[4], lines[11_000] = "soon,13800000002", "2026-01-01,0", "2026-01-01,00"
    events = tmp_path / "visits.csv"
    events.write_text("\n".join(["at,phone", *lines]))
    return ImportPaths.beside(events)


def run(stub: identity_service_pb2_grpc.IdentityServiceStub, paths: ImportPaths, *, patience: float = 10) -> Progress:
    return import_events(
        stub,
        MAPPING,
        paths,
        address="there",
        company_zone=ZoneInfo("Asia/Shanghai"),
        patience=timedelta(seconds=patience),
    )


def rejected(paths: ImportPaths) -> list[dict[str, str]]:
    with paths.rejects.open(newline="") as file:
        return list(csv.DictReader(file))


REJECTED = [
    {
        "row": "3",
        "columns": "at",
        "reason": "at: 'soon' is not an ISO 8601 time",
        "original": "soon,13800000002",
    },
    {"row": "5", "columns": "phone", "reason": "phone: is no phone number", "original": "2026-01-01,0"},
    {"row": "11001", "columns": "phone", "reason": "phone: is no phone number", "original": "2026-01-01,00"},
]


def test_rows_are_taken_or_rejected_with_a_reason(paths: ImportPaths) -> None:
    servicer = Breaking()
    with served(servicer) as stub:
        ended = run(stub, paths)
    assert (ended.rows, ended.bytes_read) == (ROWS, ended.bytes_total)
    assert (ended.counts.accepted, ended.counts.rejected) == (ROWS - 3, 3)
    assert rejected(paths) == REJECTED
    assert not paths.state.exists()


def test_a_stream_that_breaks_is_taken_up_again(paths: ImportPaths) -> None:
    servicer = Breaking(breaks=[3, 1, 5])
    with served(servicer) as stub:
        ended = run(stub, paths)
    assert len(servicer.known) == ROWS - 3
    assert ended.counts.accepted + ended.counts.duplicates == ROWS - 3
    assert servicer.batches > 13
    assert rejected(paths) == REJECTED


def test_an_import_that_ends_early_goes_on_where_it_stopped(paths: ImportPaths) -> None:
    servicer = Breaking(breaks=[6, 1, 1, 1, 1, 1, 1, 1])
    with served(servicer) as stub:
        with pytest.raises(ImportFailed, match="run the same command again"):
            run(stub, paths, patience=0.5)
        before = servicer.batches
        servicer.breaks.clear()
        ended = run(stub, paths)
    assert ended.counts.earlier >= 5000
    assert servicer.batches - before <= 13 - 5
    assert len(servicer.known) == ROWS - 3
    assert ended.rows == ROWS
    assert ended.counts.rejected == 3
    assert rejected(paths) == REJECTED


def test_importing_again_changes_nothing(paths: ImportPaths) -> None:
    servicer = Breaking()
    with served(servicer) as stub:
        run(stub, paths)
        known = dict(servicer.known)
        again = run(stub, paths)
    assert (again.counts.accepted, again.counts.duplicates) == (0, ROWS - 3)
    assert servicer.known == known
    assert rejected(paths) == REJECTED


def test_a_refusal_ends_the_import_at_once(paths: ImportPaths) -> None:
    servicer = Breaking(breaks=[1], code=grpc.StatusCode.PERMISSION_DENIED)
    with served(servicer) as stub, pytest.raises(ImportFailed, match="refuses"):
        run(stub, paths)
    assert servicer.batches >= 1


@pytest.mark.parametrize("what", ["file", "mapping", "address"])
def test_the_state_of_another_import_is_not_used(paths: ImportPaths, what: str) -> None:
    with served(Breaking(breaks=[6, 1, 1, 1, 1, 1])) as stub, pytest.raises(ImportFailed):
        run(stub, paths, patience=0.3)
    assert paths.state.exists()
    text = paths.events.read_text()
    paths.events.write_text(text.replace("at,phone", "phone,at") if what == "file" else text)
    with served(Breaking()) as stub, pytest.raises(FilesError, match=f"another {what}"):
        import_events(
            stub,
            MAPPING.model_copy(update={"source": "other"}) if what == "mapping" else MAPPING,
            paths,
            address="elsewhere" if what == "address" else "there",
            company_zone=ZoneInfo("Asia/Shanghai"),
        )


def test_the_three_files_must_differ(paths: ImportPaths) -> None:
    same = ImportPaths.beside(paths.events, rejects=paths.events)
    with served(Breaking()) as stub, pytest.raises(FilesError, match="three different files"):
        run(stub, same)
    assert paths.events.stat().st_size > 0
