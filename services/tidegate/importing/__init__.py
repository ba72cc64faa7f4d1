"""Imports files of events: CSV, JSONL, or columns separated by blanks, through identity's IngestStream.

`mapping` says which column means what, `values` and `events` turn rows into events, `lines`, `rows` and
`batches` read the file, `stream` sends, `state` and `rejects` remember, and `run` puts it together.
"""

from tidegate.importing.mapping import EventMapping, MappingError, load_mapping
from tidegate.importing.paths import FilesError, ImportPaths
from tidegate.importing.run import Counts, Progress, import_events
from tidegate.importing.stream import ImportFailed

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
