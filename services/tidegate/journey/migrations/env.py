"""The journey service's migrations."""

from tidegate.journey.store.tables import METADATA
from tidegate.runtime.db.migrations import run

run(METADATA)
