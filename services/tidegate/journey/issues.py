"""Pure: what can be wrong with a draft."""

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """Whether an issue stands in the way of publishing."""

    WARNING = "warning"
    ERROR = "error"


class Reason(enum.Enum):
    """What is wrong; the contract's IssueReason says what each means."""

    INVALID_FIELD = "invalid_field"
    UNKNOWN_NODE = "unknown_node"
    DUPLICATE = "duplicate"
    UNREACHABLE = "unreachable"
    ENDLESS_LOOP = "endless_loop"
    UNWIRED = "unwired"
    UNKNOWN_LABEL = "unknown_label"
    UNKNOWN_REFERENCE = "unknown_reference"
    NOT_AVAILABLE = "not_available"


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong, where it is, and what to do about it.

    ``field`` is the path within the definition; ``edge_label`` an edge that leaves ``node_id``.
    """

    reason: Reason
    description: str
    severity: Severity = Severity.ERROR
    field: str = ""
    node_id: str = ""
    edge_label: str = ""
