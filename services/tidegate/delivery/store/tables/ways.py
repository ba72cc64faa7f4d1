"""Codes by which customers add staff as contacts."""

import sqlalchemy as sa

from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number

WAYS = sa.Table(
    "contact_ways",
    METADATA,
    sa.Column("account_id", sa.Text, primary_key=True),
    sa.Column("source_code", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    instant("create_time"),
    number("until_real"),
)
"""The contact ways that providers were asked to make, one for each account and source code: their addresses, empty
until they are known, when the provider was last asked, and until when nobody else asks."""
