"""Customers, identifiers, events, attributes, tags, consents, merges, conflicts, definitions, the feed."""

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("customer_id_seq")))
    op.create_table(
        "attribute",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "name", name=op.f("pk_attribute")),
    )
    op.create_index("ix_attribute_lookup_customer_id", "attribute", ["lookup", "customer_id"], unique=False)
    op.create_table(
        "attribute_value",
        sa.Column("original_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "original_id", "name", "time", "source", "event_id", "lookup", name=op.f("pk_attribute_value")
        ),
    )
    op.create_table(
        "conflict",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("customer_ids", Json(), nullable=False),
        sa.Column("identifiers", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("resolved", Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("(resolved IS NULL) = (state = 'open')", name=op.f("ck_conflict_resolved_iff_not_open")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_conflict_fingerprint")),
    )
    op.create_table(
        "conflict_customer",
        sa.Column("conflict_id", sa.Text(), nullable=False),
        sa.Column("original_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("conflict_id", "original_id", name=op.f("pk_conflict_customer")),
    )
    op.create_index(op.f("ix_conflict_customer_original_id"), "conflict_customer", ["original_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "purpose", "channel", "brand", name=op.f("pk_consent")),
    )
    op.create_table(
        "consent_decision",
        sa.Column("original_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "original_id",
            "purpose",
            "channel",
            "brand",
            "time",
            "source",
            "decision",
            name=op.f("pk_consent_decision"),
        ),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("canonical_id", sa.BigInteger(), nullable=False),
        sa.Column("first_seen", Instant(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index(op.f("ix_customer_canonical_id"), "customer", ["canonical_id"], unique=False)
    op.create_table(
        "definition",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", Json(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("updated", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_definition")),
    )
    op.create_table(
        "event",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("original_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("received", Instant(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("others", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("source", "event_id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_original_id_time", "event", ["original_id", "time"], unique=False)
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feed_time", "feed", ["time"], unique=False)
    op.create_table(
        "feed_base",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("pruned_through", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_base")),
    )
    op.create_table(
        "identifier",
        sa.Column("lookup", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("original_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("lookup", name=op.f("pk_identifier")),
    )
    op.create_index(op.f("ix_identifier_original_id"), "identifier", ["original_id"], unique=False)
    op.create_table(
        "merge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_merged_id"), "merge", ["merged_id"], unique=False)
    op.create_index(op.f("ix_merge_survivor_id"), "merge", ["survivor_id"], unique=False)
    op.create_table(
        "never_merge",
        sa.Column("low_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("high_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.CheckConstraint("low_id < high_id", name=op.f("ck_never_merge_ordered")),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_never_merge")),
    )
    op.create_table(
        "tag",
        sa.Column("customer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "tag", name=op.f("pk_tag")),
    )
    op.create_index("ix_tag_tag_customer_id", "tag", ["tag", "customer_id"], unique=False)
    op.create_table(
        "tag_mark",
        sa.Column("original_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("original_id", "tag", "time", "source", "present", name=op.f("pk_tag_mark")),
    )
