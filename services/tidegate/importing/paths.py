"""The files of one import."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


class FilesError(Exception):
    """A file of the import can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ImportPaths:
    """The file of rows, the file that remembers how far it was imported, and the file of rejected rows."""

    rows: Path
    state: Path
    rejects: Path

    @classmethod
    def beside(cls, rows: Path, *, state: Path | None = None, rejects: Path | None = None) -> "ImportPaths":
        """`FILE.import-state` and `FILE.rejected.csv` beside ``rows``, unless others are named."""
        return cls(
            rows=rows,
            state=state or rows.with_name(f"{rows.name}.import-state"),
            rejects=rejects or rows.with_name(f"{rows.name}.rejected.csv"),
        )

    def open_rows(self) -> BinaryIO:
        """The file of rows. Raises FilesError when it can't be read, or is one of the others too."""
        if len({self.rows.resolve(), self.state.resolve(), self.rejects.resolve()}) < 3:
            raise FilesError("the rows, the state and the rejects must be three different files")
        try:
            return self.rows.open("rb")
        except OSError as error:
            raise FilesError(f"{self.rows}: can't be read: {error.strerror}") from error
