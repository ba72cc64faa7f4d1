"""identity's tables.

What arrives is kept under the customer id it arrived for (``original_id``) and never moves; `customer` says
to whom each original id belongs now (``canonical_id``). So a merge is one update, and can be taken back. The
tables `attribute`, `tag`, and `consent` are projections by canonical id over the histories beside them.
"""

import sqlalchemy as sa

from tidegate.runtime.db import NAMING, Instant, Json
from tidegate.runtime.feed import cursor_table, feed_tables
from tidegate.runtime.sealed import resealing_table

METADATA = sa.MetaData(naming_convention=NAMING)

FEED = feed_tables(METADATA)

CUSTOMER_IDS = sa.Sequence("customer_id_seq", metadata=METADATA)
"""Gives customers their ids on PostgreSQL; SQLite counts up."""

CUSTOMER = sa.Table(
    "customer",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("canonical_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("first_seen", Instant, nullable=False),
    sa.Column("created", Instant, nullable=False),
    # The feed position of the newest change to the customer other than an event.
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Index("ix_customer_first_seen_id", "first_seen", "id"),
    sa.Index("ix_customer_created_id", "created", "id"),
)

IDENTIFIER = sa.Table(
    "identifier",
    METADATA,
    sa.Column("lookup", sa.Text, primary_key=True),
    sa.Column("namespace", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("original_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    # From then on it leads nowhere; null: it leads to its customer for ever.
    sa.Column("expires", Instant),
    # Since when delivery knows it for a dead address, and by which channel; null when it does not.
    sa.Column("invalid_since", Instant),
    sa.Column("invalid_channel", sa.Text),
    sa.Index(
        "ix_identifier_expires",
        "expires",
        postgresql_where=sa.text("expires IS NOT NULL"),
        sqlite_where=sa.text("expires IS NOT NULL"),
    ),
)

EVENT = sa.Table(
    "event",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("original_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    sa.Column("received", Instant, nullable=False),
    # The lookup of the highest identifier; the others are sealed, null when there are none.
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("others", sa.Text),
    # Sealed, as `value` is in the tables below: see sealed.py.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("ix_event_original_id_time", "original_id", "time"),
)

ATTRIBUTE_VALUE = sa.Table(
    "attribute_value",
    METADATA,
    sa.Column("original_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("time", Instant, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    # The id of the event that set it, empty for another call.
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("lookup", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

ATTRIBUTE = sa.Table(
    "attribute",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("lookup", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    # When what is announced as derived from it is another; a beginning of a month. Null: never.
    sa.Column("turns", Instant),
    sa.Index("ix_attribute_lookup_customer_id", "lookup", "customer_id"),
    sa.Index(
        "ix_attribute_turns",
        "turns",
        postgresql_where=sa.text("turns IS NOT NULL"),
        sqlite_where=sa.text("turns IS NOT NULL"),
    ),
)

TAG_MARK = sa.Table(
    "tag_mark",
    METADATA,
    sa.Column("original_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("time", Instant, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("present", sa.Boolean, primary_key=True),
    # Until when it was put on; null for ever.
    sa.Column("expires", Instant),
)

TAG = sa.Table(
    "tag",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.Text, primary_key=True),
    # Whether it is announced to be on.
    sa.Column("present", sa.Boolean, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    sa.Column("expires", Instant),
    sa.Index("ix_tag_tag_customer_id", "tag", "customer_id"),
    # Those whose end is still to be announced.
    sa.Index(
        "ix_tag_expires",
        "expires",
        postgresql_where=sa.text("present AND expires IS NOT NULL"),
        sqlite_where=sa.text("present = 1 AND expires IS NOT NULL"),
    ),
)

CONSENT_DECISION = sa.Table(
    "consent_decision",
    METADATA,
    sa.Column("original_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("brand", sa.Text, primary_key=True),
    sa.Column("time", Instant, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("decision", sa.Text, primary_key=True),
    sa.Column("proof", sa.Text, nullable=False),
)

CONSENT = sa.Table(
    "consent",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("brand", sa.Text, primary_key=True),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("proof", sa.Text, nullable=False),
)

MERGE = sa.Table(
    "merge",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("survivor_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("merged_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
)

SPLIT = sa.Table(
    "split",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("remaining_id", sa.BigInteger, nullable=False, index=True),
    # [[customer id, [original ids that left with it]]]
    sa.Column("separated", Json, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
)

UNLINKING = sa.Table(
    "unlinking",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    # The identifier as it was linked; the value is sealed.
    sa.Column("lookup", sa.Text, nullable=False, index=True),
    sa.Column("namespace", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("original_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("link_source", sa.Text, nullable=False),
    sa.Column("link_time", Instant, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
)

NEVER_MERGE = sa.Table(
    "never_merge",
    METADATA,
    sa.Column("low_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("high_id", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
    sa.CheckConstraint("low_id < high_id", name="ordered"),
)

RELATION = sa.Table(
    "relation",
    METADATA,
    sa.Column("original_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, primary_key=True),
    sa.Column("started", Instant, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    # The inviter, as named when it was told; null for the other kinds.
    sa.Column("related_id", sa.BigInteger),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("ended", Instant),
    sa.CheckConstraint("(kind = 'inviter') = (related_id IS NOT NULL)", name="related_iff_inviter"),
    sa.CheckConstraint("ended >= started", name="ended_after_started"),
    sa.Index("ix_relation_target_started_id", "target", "started", "id"),
)

HOUSEHOLD = sa.Table(
    "household",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    # All attributes, sealed.
    sa.Column("attributes", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("updated", Instant, nullable=False),
)

SOURCE_CODE = sa.Table(
    "source_code",
    METADATA,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False, index=True),
    sa.Column("inviter_id", sa.BigInteger, index=True),
    sa.Column("staff_id", sa.Text, nullable=False),
    sa.Column("campaign_id", sa.Text, nullable=False, index=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
)

SOURCE_VISIT = sa.Table(
    "source_visit",
    METADATA,
    # The event that carries the code.
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("original_id", sa.BigInteger, nullable=False),
    sa.Column("time", Instant, nullable=False),
    sa.Index("ix_source_visit_code_time", "code", "time"),
    sa.Index("ix_source_visit_original_id_time", "original_id", "time"),
)

CONFLICT = sa.Table(
    "conflict",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    # What tells conflicts apart: the same customers and identifiers are not filed again.
    sa.Column("fingerprint", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("namespace", sa.Text, nullable=False),
    sa.Column("customer_ids", Json, nullable=False),
    sa.Column("identifiers", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("resolved", Instant),
    sa.Column("note", sa.Text, nullable=False),
    sa.CheckConstraint("(resolved IS NULL) = (state = 'open')", name="resolved_iff_not_open"),
)

CONFLICT_IDENTIFIER = sa.Table(
    "conflict_identifier",
    METADATA,
    sa.Column("lookup", sa.Text, primary_key=True),
    # How many conflicts were filed in which the identifier led to one of the customers.
    sa.Column("conflicts", sa.BigInteger, nullable=False),
)

CONFLICT_CUSTOMER = sa.Table(
    "conflict_customer",
    METADATA,
    sa.Column("conflict_id", sa.Text, primary_key=True),
    sa.Column("original_id", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
)

ENTITY = sa.Table(
    "entity",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("entity_id", sa.Text, primary_key=True),
    # Sealed: staff are people.
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("store_id", sa.Text, nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("updated", Instant, nullable=False),
    # The feed position of the newest change; 0 only within the transaction that creates the entity.
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Index("ix_entity_kind_store_id_entity_id", "kind", "store_id", "entity_id"),
)

ENTITY_ATTRIBUTE = sa.Table(
    "entity_attribute",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("entity_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    # Sealed, with its type.
    sa.Column("value", sa.Text, nullable=False),
)

ENTITY_ADDRESS = sa.Table(
    "entity_address",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("entity_id", sa.Text, primary_key=True),
    sa.Column("lookup", sa.Text, primary_key=True),
    # From 0, the preferred address first.
    sa.Column("place", sa.SmallInteger, nullable=False),
    sa.Column("namespace", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
)

ENTITY_EVENT = sa.Table(
    "entity_event",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("entity_id", sa.Text, nullable=False),
    sa.Column("time", Instant, nullable=False),
    # The event without the properties that stay off the feed, which are sealed; null when there are none.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("personal", sa.Text),
    sa.Index("ix_entity_event_kind_entity_id_time", "kind", "entity_id", "time"),
)

DEFINITION = sa.Table(
    "definition",
    METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("document", Json, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("updated", Instant, nullable=False),
)

RETELLING = sa.Table(
    "retelling",
    METADATA,
    # The definition of which customers are told anew: see retelling.py.
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    # Another one with every change of the definition.
    sa.Column("change", sa.Text, nullable=False, unique=True),
    # What may have been announced by the definition as it was before.
    sa.Column("names", Json, nullable=False),
    # The last customer that was told; 0: none yet.
    sa.Column("reached", sa.BigInteger, nullable=False),
)

RESEALING = resealing_table(METADATA)

ERASURE = sa.Table(
    "erasure",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("requester", sa.Text, nullable=False),
    sa.Column("created", Instant, nullable=False),
    # Where the feed announces it: what is told of the person before is taken out of the feed.
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("dropped", sa.BigInteger, nullable=False),
    sa.Column("done", Instant),
)

ERASURE_PART = sa.Table(
    "erasure_part",
    METADATA,
    sa.Column("erasure_id", sa.Text, primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("done", Instant),
    sa.Index(
        "ix_erasure_part_open",
        "service",
        "erasure_id",
        postgresql_where=sa.text("done IS NULL"),
        sqlite_where=sa.text("done IS NULL"),
    ),
)

ERASED_CUSTOMER = sa.Table(
    "erased_customer",
    METADATA,
    sa.Column("customer_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("erasure_id", sa.Text, nullable=False, index=True),
)

TOMBSTONE = sa.Table(
    "tombstone",
    METADATA,
    sa.Column("lookup", sa.Text, primary_key=True),
    sa.Column("erasure_id", sa.Text, nullable=False, index=True),
    # Since when the person is known again by own will; what happened before stays out.
    sa.Column("returned", Instant),
)

CURSORS = cursor_table(METADATA)
