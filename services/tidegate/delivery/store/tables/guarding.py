"""What guardrails have counted, and the campaigns that go on."""

import sqlalchemy as sa

from tidegate.delivery.schema import METADATA
from tidegate.delivery.store.tables.columns import instant, number, text

GUARDED = sa.Table(
    "guarded_messages",
    METADATA,
    sa.Column("message_id", sa.Text, primary_key=True),
    text("counted"),
)
"""What was counted of each message of a campaign that a guardrail watches, as words: nothing counts twice."""

GUARD_COUNTS = sa.Table(
    "guard_counts",
    METADATA,
    sa.Column("guardrail_id", sa.Text, primary_key=True),
    sa.Column("campaign_id", sa.Text, primary_key=True),
    instant("since"),
    number("hits"),
    number("total"),
)
"""What each guardrail has counted of each campaign since its last change."""

WAKING = sa.Table(
    "waking_campaigns",
    METADATA,
    sa.Column("campaign_id", sa.Text, primary_key=True),
    text("through_id"),
)
"""Campaigns whose waiting messages are to be decided anew; those with ids up to ``through_id`` have been woken.

The empty one stands for all messages, which are woken by rising expiry and id: ``through_id`` then holds both."""
