"""What platforms allow: interactions, grants, window openings, and what was used."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _required(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _of_customer(table: str) -> None:
    known = sa.text("customer_id <> 0")
    op.create_index(
        f"ix_{table}_customer", table, ["customer_id"], unique=False, postgresql_where=known, sqlite_where=known
    )


def upgrade() -> None:
    op.create_table(
        "interactions",
        _required("account_id"),
        _required("interaction_id"),
        _required("kind"),
        _required("address_key"),
        _number("customer_id"),
        _text("template_id"),
        _number("credits"),
        _text("opened_by"),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("record_time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "interaction_id", name=op.f("pk_interactions")),
        sa.CheckConstraint(
            "kind = 'subscription_accept' OR kind = 'subscription_refusal' OR kind = 'window_opening'",
            name=op.f("ck_interactions_kind_known"),
        ),
    )
    op.create_index("ix_interactions_address", "interactions", ["address_key", "account_id"], unique=False)
    _of_customer("interactions")
    op.create_table(
        "grants",
        _required("account_id"),
        _required("address_key"),
        _required("template_id"),
        _number("customer_id"),
        _number("remaining"),
        _number("refused_at"),
        sa.PrimaryKeyConstraint("account_id", "address_key", "template_id", name=op.f("pk_grants")),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_grants_remaining_not_negative")),
    )
    _of_customer("grants")
    op.create_table(
        "window_openings",
        _required("account_id"),
        _required("address_key"),
        _required("opened_by"),
        _number("customer_id"),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "address_key", "opened_by", name=op.f("pk_window_openings")),
        sa.CheckConstraint(
            "opened_by = 'follow' OR opened_by = 'menu_click' OR opened_by = 'message'"
            " OR opened_by = 'scan' OR opened_by = 'session'",
            name=op.f("ck_window_openings_opened_by_known"),
        ),
    )
    _of_customer("window_openings")
    op.create_table(
        "allowance_uses",
        _required("message_id"),
        _required("account_id"),
        _text("address_key"),
        _text("template_id"),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        _required("state"),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_allowance_uses")),
        sa.CheckConstraint("state = 'returned' OR state = 'taken'", name=op.f("ck_allowance_uses_state_known")),
    )
    op.create_index(
        "ix_allowance_uses_address", "allowance_uses", ["address_key", "account_id", "taken_at"], unique=False
    )
