"""The files of one import."""

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


class FilesError(Exception):
    """A file of the import can't be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ImportPaths:
    """The file of events, the file that remembers how far it was imported, and the file of rejected rows."""

    events: Path
    state: Path
    rejects: Path

    @classmethod
    def beside(cls, events: Path, *, state: Path | None = None, rejects: Path | None = None) -> "ImportPaths":
        """`FILE.import-state` and `FILE.rejected.csv` beside ``events``, unless others are named."""
        return cls(
            events=events,
            state=state or events.with_name(f"{events.name}.import-state"),
            rejects=rejects or events.with_name(f"{events.name}.rejected.csv"),
        )

    def open_events(self) -> BinaryIO:
        """The file of events. Raises FilesError when it can't be read, or is one of the others too."""
        if len({self.events.resolve(), self.state.resolve(), self.rejects.resolve()}) < 3:
            raise FilesError("the events, the state and the rejects must be three different files")
        try:
            return self.events.open("rb")
        except OSError as error:
            raise FilesError(f"{self.events}: can't be read: {error.strerror}") from error
