"""Codes by which customers add staff as contacts."""

import sqlalchemy as sa

from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant

WAYS = sa.Table(
    "contact_ways",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("source_code", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    instant("create_time"),
)
"""The contact ways that were made at providers, one for each account and source code."""
