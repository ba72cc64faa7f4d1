"""Alembic's environment of identity."""

from tidegate.identity.store.tables import METADATA
from tidegate.runtime.db.migrations import run

run(METADATA)
