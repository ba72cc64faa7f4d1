"""The file of rejected rows: only our own is ever replaced, and not before there is something to say."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from support.breaking_identity import Breaking, served
from support.imports import REJECTED, rejected, run, visits
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.importing import FilesError, ImportFailed, ImportPaths


@pytest.fixture
def paths(tmp_path: Path) -> ImportPaths:
    return visits(tmp_path)


def import_in_vain(paths: ImportPaths) -> None:
    """Nobody listens there."""
    with grpc.insecure_channel("127.0.0.1:1") as channel, pytest.raises(ImportFailed):
        run(IdentityServiceStub(channel), paths, patience=0.1)


def without_rejects(paths: ImportPaths) -> None:
    paths.rows.write_text("at,phone\n2026-01-01,13800000000\n")


@pytest.mark.parametrize("content", ["remember the milk\n", "row,columns\n", "row,columns,reason,originality\n"])
def test_a_file_of_something_else_is_refused(paths: ImportPaths, content: str) -> None:
    paths = replace(paths, rejects=paths.rejects.with_name("notes.txt"))
    paths.rejects.write_text(content)
    servicer = Breaking()
    with served(servicer) as stub, pytest.raises(FilesError, match=r"notes\.txt: .*--rejects"):
        run(stub, paths)
    assert paths.rejects.read_text() == content
    assert servicer.batches == 0
    assert not paths.state.exists()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused(paths: ImportPaths, make: Callable[[Path], None]) -> None:
    make(paths.rejects)
    with served(Breaking()) as stub, pytest.raises(FilesError, match="--rejects"):
        run(stub, paths)
    assert paths.rejects.exists()


def test_rejects_from_before_stay_while_the_service_can_not_be_reached(paths: ImportPaths) -> None:
    with served(Breaking()) as stub:
        run(stub, paths)
    import_in_vain(paths)
    import_in_vain(paths)
    assert rejected(paths) == REJECTED


def test_new_rejects_take_the_place_of_those_from_before(paths: ImportPaths) -> None:
    with served(Breaking()) as stub:
        run(stub, paths)
        paths.rows.write_text("at,phone\n2026-01-01,0\n")
        run(stub, paths)
    assert [each["original"] for each in rejected(paths)] == ["2026-01-01,0"]


def test_an_import_without_rejects_leaves_none(paths: ImportPaths) -> None:
    with served(Breaking()) as stub:
        run(stub, paths)
        without_rejects(paths)
        run(stub, paths)
    assert not paths.rejects.exists()


def test_an_empty_file_may_become_the_file_of_rejects(paths: ImportPaths) -> None:
    paths.rejects.touch()
    with served(Breaking()) as stub:
        run(stub, paths)
    assert rejected(paths) == REJECTED


def test_rejects_that_were_not_acknowledged_are_cut_off(paths: ImportPaths) -> None:
    servicer = Breaking(breaks=[6], code=grpc.StatusCode.PERMISSION_DENIED)
    with served(servicer) as stub:
        with pytest.raises(ImportFailed):
            run(stub, paths)
        with paths.rejects.open("a") as file:
            file.write("5001,at,half a li")
        run(stub, paths)
    assert rejected(paths) == REJECTED


def test_an_import_does_not_go_on_with_rejects_that_are_not_all_there(paths: ImportPaths) -> None:
    servicer = Breaking(breaks=[6], code=grpc.StatusCode.PERMISSION_DENIED)
    with served(servicer) as stub:
        with pytest.raises(ImportFailed):
            run(stub, paths)
        paths.rejects.write_text("row,columns,reason,original\n")
        with pytest.raises(FilesError, match="--rejects"):
            run(stub, paths)
