"""Databases: SQLite and PostgreSQL behind the same statements.

`Database` opens transactions, `types` stores instants and JSON alike on both, `sets` sends any number of
rows with one statement, `migrations` brings a schema up to date.
"""

from tidegate.runtime.db.database import Database, LostRace, after_commit, is_passing
from tidegate.runtime.db.sets import OverRows, bulk_insert, bulk_upsert, insert, row_source
from tidegate.runtime.db.types import NAMING, Instant, Json, real_now

__all__ = [
    "NAMING",
    "Database",
    "Instant",
    "Json",
    "LostRace",
    "OverRows",
    "after_commit",
    "bulk_insert",
    "bulk_upsert",
    "insert",
    "is_passing",
    "real_now",
    "row_source",
]
