"""Runs segmentation's migrations."""

from tidegate.runtime.db.migrations import run
from tidegate.segmentation.store.tables import METADATA

run(METADATA)
