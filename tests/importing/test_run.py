"""An import against a service that breaks: nothing is lost, nothing is counted twice, all is told."""

from pathlib import Path

import grpc
import pytest
from support.breaking_identity import Breaking, served
from support.imports import REJECTED, ROWS, rejected, run, visits
from tidegate.importing import FilesError, ImportFailed, ImportPaths


@pytest.fixture
def paths(tmp_path: Path) -> ImportPaths:
    return visits(tmp_path)


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


def test_the_three_files_must_differ(paths: ImportPaths) -> None:
    same = ImportPaths.beside(paths.rows, rejects=paths.rows)
    with served(Breaking()) as stub, pytest.raises(FilesError, match="three different files"):
        run(stub, same)
    assert paths.rows.stat().st_size > 0
