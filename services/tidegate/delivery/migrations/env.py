"""Alembic's environment of delivery."""

from tidegate.delivery.service import METADATA
from tidegate.runtime.db.migrations import run

run(METADATA)
