"""An import that was interrupted goes on as the one it was, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from support.breaking_identity import Breaking, served
from support.imports import MAPPING, REJECTED, ROWS, rejected, run, visits
from tidegate.importing import FilesError, ImportFailed, ImportPaths, MappingError
from tidegate.importing.mapping import TimePlace


@pytest.fixture
def servicer() -> Breaking:
    return Breaking()


@pytest.fixture
def paths(tmp_path: Path, servicer: Breaking) -> ImportPaths:
    """An import that ended after five batches."""
    paths = visits(tmp_path)
    servicer.breaks, servicer.code = [6], grpc.StatusCode.PERMISSION_DENIED
    with served(servicer) as stub, pytest.raises(ImportFailed):
        run(stub, paths)
    return paths


def test_an_import_that_ends_early_goes_on_where_it_stopped(tmp_path: Path) -> None:
    paths = visits(tmp_path)
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


def test_a_file_that_has_grown_goes_on_where_it_stopped(paths: ImportPaths, servicer: Breaking) -> None:
    with paths.rows.open("a") as file:
        file.write("\n2026-01-02,13900000000\n")
    with served(servicer) as stub:
        ended = run(stub, paths)
    assert ended.counts.earlier == 5000
    assert ended.rows == ROWS + 1
    assert servicer.known[str(ROWS + 1)] == "13900000000"


def inserted(lines: list[str]) -> None:
    """Exported anew: the header and the first row are the same, others have come between."""
    lines[100:100] = ["2026-01-01,13900000000", "2026-01-01,13900000001"]


def corrected(lines: list[str]) -> None:
    """One character long before the place where the import stopped."""
    lines[50] = lines[50].replace("2026", "2025")


def cut_off(lines: list[str]) -> None:
    """Fewer rows than were imported."""
    del lines[4000:]


def turned(lines: list[str]) -> None:
    """Other columns."""
    lines[0] = "phone,at"


@pytest.mark.parametrize("change", [inserted, corrected, cut_off, turned])
def test_another_file_is_refused_and_nothing_is_lost(
    paths: ImportPaths, servicer: Breaking, change: Callable[[list[str]], None]
) -> None:
    lines = paths.rows.read_text().split("\n")
    change(lines)
    paths.rows.write_text("\n".join(lines))
    kept = paths.state.read_bytes(), paths.rejects.read_bytes()
    before = servicer.batches
    with served(servicer) as stub, pytest.raises(FilesError, match="another file") as refused:
        run(stub, paths)
    assert f"{paths.state}: " in str(refused.value)
    assert "remove it to import from the start" in str(refused.value)
    assert (paths.state.read_bytes(), paths.rejects.read_bytes()) == kept
    assert servicer.batches == before


@pytest.mark.parametrize("what", ["mapping", "address", "file of rejects"])
def test_the_state_of_another_import_is_not_used(paths: ImportPaths, what: str) -> None:
    other_mapping = MAPPING.model_copy(update={"source": "other"})
    other_rejects = replace(paths, rejects=paths.rejects.with_name("other.csv"))
    with served(Breaking()) as stub, pytest.raises(FilesError, match=f"another {what}"):
        run(
            stub,
            other_rejects if what == "file of rejects" else paths,
            mapping=other_mapping if what == "mapping" else MAPPING,
            address="elsewhere" if what == "address" else "there",
        )


def test_the_folder_may_move_meanwhile(paths: ImportPaths, servicer: Breaking) -> None:
    folder = paths.rows.parent.rename(paths.rows.parent.with_name("moved"))
    with served(servicer) as stub:
        ended = run(stub, ImportPaths.beside(folder / paths.rows.name))
    assert (ended.counts.earlier, ended.rows) == (5000, ROWS)


def test_an_import_that_never_got_on_holds_no_other_one_up(tmp_path: Path) -> None:
    """A mapping with a slip, corrected: the same command with another mapping."""
    paths, slip = visits(tmp_path), MAPPING.model_copy(update={"time": TimePlace(column="no such column")})
    with served(Breaking()) as stub:
        with pytest.raises(MappingError):
            run(stub, paths, mapping=slip)
        assert run(stub, paths).rows == ROWS
