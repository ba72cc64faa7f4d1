"""Delivery's tables, but for those of policies, templates and links, which stand with their statements.

What a caller said of a message (`messages`) never changes but for its customer; how far it has come
(`message_states`) is a narrow row beside it, since it is written several times. Instants are microseconds:
business time, except the columns named `_real`, which the database's clock writes for leases and retries.
"""

from tidegate.delivery.store.tables.accounts import ACCOUNTS, RATES
from tidegate.delivery.store.tables.allowances import CAPS, GRANTS, INTERACTIONS, OPENINGS, SLICES, USES
from tidegate.delivery.store.tables.callbacks import CALLBACKS
from tidegate.delivery.store.tables.calls import ATTEMPTS, PART_IDS, RECEIPTS
from tidegate.delivery.store.tables.following import FOLLOW_UPS, TURNS
from tidegate.delivery.store.tables.gating import DECISIONS, LEDGER
from tidegate.delivery.store.tables.guarding import GUARD_COUNTS, GUARDED, WAKING
from tidegate.delivery.store.tables.messages import CONTENTS, KEYS, MESSAGES, STATES
from tidegate.delivery.store.tables.projections import AUDIENCES, CUSTOMERS, ERASURES, JOURNEYS, MEMBERSHIPS
from tidegate.delivery.store.tables.providers import COSTS, REJECTIONS
from tidegate.delivery.store.tables.ways import WAYS

__all__ = [
    "ACCOUNTS",
    "ATTEMPTS",
    "AUDIENCES",
    "CALLBACKS",
    "CAPS",
    "CONTENTS",
    "COSTS",
    "CUSTOMERS",
    "DECISIONS",
    "ERASURES",
    "FOLLOW_UPS",
    "GRANTS",
    "GUARDED",
    "GUARD_COUNTS",
    "INTERACTIONS",
    "JOURNEYS",
    "KEYS",
    "LEDGER",
    "MEMBERSHIPS",
    "MESSAGES",
    "OPENINGS",
    "PART_IDS",
    "RATES",
    "RECEIPTS",
    "REJECTIONS",
    "SLICES",
    "STATES",
    "TURNS",
    "USES",
    "WAKING",
    "WAYS",
]
