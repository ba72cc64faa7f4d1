"""The tests' own service leaves nothing in the folder for temporary files."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_nothing_is_left_of_what_is_generated(tmp_path: Path) -> None:
    program = (
        "import os, sys; import support.echo; assert not [p for p in sys.path if p.startswith(os.environ['TMPDIR'])]"
    )
    paths = os.pathsep.join([str(TESTS), *sys.path])
    subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": paths},
        check=True,
    )
    assert list(tmp_path.iterdir()) == []
