"""Alembic's environment of segmentation."""

from tidegate.runtime.db.migrations import run
from tidegate.segmentation.store.tables import METADATA

run(METADATA)
