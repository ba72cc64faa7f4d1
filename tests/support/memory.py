"""A folder in memory, where there is plenty: most of what tests do to disks is to wait until something lasts."""

import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH = 4 << 30


@cache
def folder() -> Path | None:
    """Where files take no disk and programs may lie, as on Linux. None: the usual folder."""
    with suppress(OSError):
        if (
            shutil.disk_usage(_MEMORY).free > _ENOUGH
            and os.access(_MEMORY, os.W_OK)
            and not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
        ):
            return _MEMORY
    return None


def hold_temporary_files() -> None:
    """Lets temporary files of this process, and of those that it starts, lie there, unless TMPDIR says where."""
    if "TMPDIR" not in os.environ and (found := folder()) is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = str(found)
