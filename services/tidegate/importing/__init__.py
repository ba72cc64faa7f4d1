"""Imports files of events: CSV, JSONL, or columns separated by blanks, through identity's IngestStream.

`mapping` says which column means what, `values` and `events` turn rows into events, `lines` and `rows` read
the file, `stream` sends, `state` and `rejects` remember, and `run` puts it together.
"""

from tidegate.importing.mapping import EventMapping, MappingError, load_mapping
from tidegate.importing.run import Counts, ImportFailed, ImportPaths, Progress, import_events
from tidegate.importing.state import FilesError

__all__ = [
    "Counts",
    "EventMapping",
    "FilesError",
    "ImportFailed",
    "ImportPaths",
    "MappingError",
    "Progress",
    "import_events",
    "load_mapping",
]
