"""What delivery knows from others' feeds: customers, memberships, erasures, and what is not active."""

import sqlalchemy as sa

from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number, text
from tidegate.runtime.db import Json

CUSTOMERS = sa.Table(
    "customers",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    number("merged_into"),
    text("tier"),
    number("erased"),
    sa.Column("consents", sa.Text, nullable=False, server_default="[]"),  # JSON of lists, as Consent's fields
    sa.Index(
        "ix_customers_alias",
        "merged_into",
        postgresql_where=sa.text("merged_into <> 0"),
        sqlite_where=sa.text("merged_into <> 0"),
    ),
)
"""What delivery knows of customers, from others' feeds. The row is what decisions for a customer lock."""

ERASURES = sa.Table(
    "erasures",
    METADATA,
    sa.Column("erasure_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False),
    sa.Column("customer_ids", Json, nullable=False),
    sa.Column("reported", sa.Boolean, nullable=False),
    sa.Index(
        "ix_erasures_open",
        "erasure_id",
        postgresql_where=sa.text("NOT reported"),
        sqlite_where=sa.text("NOT reported"),
    ),
)
"""Persons to be erased, with all their ids, and whether that was done and reported."""

MEMBERSHIPS = sa.Table(
    "memberships",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("segment_id", sa.Text, primary_key=True),
    text("telling_id"),
    number("via_id"),
    sa.Index("ix_memberships_segment", "segment_id", "telling_id"),
    sa.Index(
        "ix_memberships_via",
        "via_id",
        postgresql_where=sa.text("via_id <> 0"),
        sqlite_where=sa.text("via_id <> 0"),
    ),
)
"""Who is in which segment, or has which tier of a model, from segmentation's feed. ``telling_id`` is the telling that
was not at its end when it was learnt: at its end those without it are no members. ``via_id`` is who was merged into the
customer and had it, until segmentation tells what it makes of the merge; 0 for what it has told of the customer."""

AUDIENCES = sa.Table(
    "audiences",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    text("telling_id"),
    sa.Column("told", sa.Boolean, nullable=False),
)
"""What policies name: segments, and score models as `audience_of` their tiers' names has it. ``told``: whether
segmentation has told all members; ``telling_id``: the telling that is not at its end."""

JOURNEYS = sa.Table(
    "inactive_walks",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),  # journey | campaign | phase
    sa.Column("id", sa.Text, primary_key=True),
    instant("end_time", nullable=True),
)
"""The journeys, campaigns and phases that are not active, from journey's feed. Those that will not be active again
have an end."""
