"""Imports files of events: CSV, JSONL, or columns separated by blanks, into identity.

What is not of events alone: `grammar` and `mapping` say which column means what, `lines`, `rows` and `batches` read the
file, `cells` and `values` read its columns, `sending` delivers, `state` and `rejects` remember, `origins` leads back
from a refusal to a column, and `run` puts it together. What is: its keys (`event_mapping`), how a row becomes an event
(`events`), and how events are sent (`event_line`); `kinds` names them.
"""

from tidegate.importing.event_mapping import EventMapping
from tidegate.importing.grammar import MappingError
from tidegate.importing.kinds import EVENTS, ImportKind
from tidegate.importing.mapping import load_mapping
from tidegate.importing.paths import FilesError, ImportPaths
from tidegate.importing.run import Counts, Progress, import_file
from tidegate.importing.sending import ImportFailed

__all__ = [
    "EVENTS",
    "Counts",
    "EventMapping",
    "FilesError",
    "ImportFailed",
    "ImportKind",
    "ImportPaths",
    "MappingError",
    "Progress",
    "import_file",
    "load_mapping",
]
