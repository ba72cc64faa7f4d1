"""Generates services/tidegate/api from the protos; --check says whether the committed code is current."""

import argparse
import filecmp
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parent
GENERATED = PROTOS.parent / "services" / "tidegate" / "api"
HEADER = '"""Generated from protos/ by protos/compile.py. Do not edit."""\n'


def generate(root: Path) -> None:
    """Writes messages, servicers, stubs, and their types below ``root``."""
    sources = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    plugin = Path(sys.executable).with_name("protoc-gen-mypy_grpc")
    status = protoc.main(
        [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--proto_path={files('grpc_tools') / '_proto'}",
            f"--plugin=protoc-gen-mypy_grpc={plugin}",
            f"--python_out={root}",
            f"--pyi_out={root}",
            f"--grpc_python_out={root}",
            f"--mypy_grpc_out=quiet,only_sync,generate_concrete_servicer_stubs:{root}",
            *sources,
        ]
    )
    if status:
        raise SystemExit(status)
    for folder in [root / "tidegate" / "api", *(root / "tidegate" / "api").rglob("v1")]:
        for package in (folder, folder.parent) if folder.name == "v1" else (folder,):
            (package / "__init__.py").write_text(HEADER)


def contents(root: Path) -> set[str]:
    """The files below ``root``, relative to it, caches left out."""
    return {
        str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }


def drift(fresh: Path, committed: Path) -> list[str]:
    """The files that differ between the two trees or stand in one of them only."""
    names = contents(fresh) | contents(committed)
    _, differing, missing = filecmp.cmpfiles(fresh, committed, sorted(names), shallow=False)
    return sorted(differing + missing)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when something differs")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh = Path(folder) / "tidegate" / "api"
        stale = drift(fresh, GENERATED)
        if check:
            for name in stale:
                sys.stderr.write(f"services/tidegate/api/{name} is not what protos/ gives: run `make protos`\n")
            return 1 if stale else 0
        for name in stale:
            target = GENERATED / name
            if (fresh / name).exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((fresh / name).read_bytes())
            else:
                target.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
