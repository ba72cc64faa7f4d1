"""Imports files of events and of customers: CSV, JSONL, or columns separated by blanks, into identity.

What both share: `grammar` and `mapping` say which column means what, `lines`, `rows` and `batches` read the file,
`cells` and `values` read its columns, `sending` delivers, `state` and `rejects` remember, `origins` leads back from a
refusal to a column, and `run` puts it together. What each kind has of its own: its keys (`event_mapping`,
`customer_mapping`), how a row becomes an item (`events`, `customers`), and how items are sent (`event_sending`,
`customer_sending`); `kinds` names the two.
"""

from tidegate.importing.customer_mapping import CustomerMapping
from tidegate.importing.event_mapping import EventMapping
from tidegate.importing.grammar import MappingError
from tidegate.importing.kinds import CUSTOMERS, EVENTS, ImportKind
from tidegate.importing.mapping import load_mapping
from tidegate.importing.paths import FilesError, ImportPaths
from tidegate.importing.run import Counts, Progress, import_file
from tidegate.importing.sending import ImportFailed

__all__ = [
    "CUSTOMERS",
    "EVENTS",
    "Counts",
    "CustomerMapping",
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
