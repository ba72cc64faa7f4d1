"""Messages are followed up with their providers; tasks that end unsent have failed."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_MOVES = {
    "postgresql": (
        "CREATE TRIGGER message_states_moves AFTER UPDATE OF state ON message_states FOR EACH ROW WHEN "
        "(NOT CASE OLD.state WHEN 'accepted' THEN NEW.state = 'accepted' OR NEW.state = 'claimed' OR "
        "NEW.state = 'deferred' OR NEW.state = 'dropped' OR NEW.state = 'failed' WHEN 'deferred' THEN "
        "NEW.state = 'accepted' OR NEW.state = 'dropped' WHEN 'claimed' THEN NEW.state = 'accepted' OR "
        "NEW.state = 'calling' OR NEW.state = 'dropped' OR NEW.state = 'failed' WHEN 'calling' THEN "
        "NEW.state = 'accepted' OR NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = "
        "'deferred' OR NEW.state = 'delivered' OR NEW.state = 'failed' OR NEW.state = 'opened' OR "
        "NEW.state = 'sent' OR NEW.state = 'uncertain' WHEN 'uncertain' THEN NEW.state = 'accepted' OR "
        "NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = 'deferred' OR NEW.state = "
        "'delivered' OR NEW.state = 'failed' OR NEW.state = 'opened' OR NEW.state = 'sent' WHEN 'sent' "
        "THEN NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = 'delivered' OR NEW.state = "
        "'failed' OR NEW.state = 'opened' WHEN 'delivered' THEN NEW.state = 'clicked' OR NEW.state = "
        "'opened' WHEN 'bounced' THEN NEW.state = 'clicked' OR NEW.state = 'opened' WHEN 'opened' THEN "
        "NEW.state = 'clicked' ELSE 1 = 0 END) EXECUTE FUNCTION message_states_refuse()"
    ),
    "sqlite": (
        "CREATE TRIGGER message_states_moves AFTER UPDATE OF state ON message_states FOR EACH ROW WHEN "
        "(NOT CASE OLD.state WHEN 'accepted' THEN NEW.state = 'accepted' OR NEW.state = 'claimed' OR "
        "NEW.state = 'deferred' OR NEW.state = 'dropped' OR NEW.state = 'failed' WHEN 'deferred' THEN "
        "NEW.state = 'accepted' OR NEW.state = 'dropped' WHEN 'claimed' THEN NEW.state = 'accepted' OR "
        "NEW.state = 'calling' OR NEW.state = 'dropped' OR NEW.state = 'failed' WHEN 'calling' THEN "
        "NEW.state = 'accepted' OR NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = "
        "'deferred' OR NEW.state = 'delivered' OR NEW.state = 'failed' OR NEW.state = 'opened' OR "
        "NEW.state = 'sent' OR NEW.state = 'uncertain' WHEN 'uncertain' THEN NEW.state = 'accepted' OR "
        "NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = 'deferred' OR NEW.state = "
        "'delivered' OR NEW.state = 'failed' OR NEW.state = 'opened' OR NEW.state = 'sent' WHEN 'sent' "
        "THEN NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = 'delivered' OR NEW.state = "
        "'failed' OR NEW.state = 'opened' WHEN 'delivered' THEN NEW.state = 'clicked' OR NEW.state = "
        "'opened' WHEN 'bounced' THEN NEW.state = 'clicked' OR NEW.state = 'opened' WHEN 'opened' THEN "
        "NEW.state = 'clicked' ELSE 1 = 0 END) BEGIN SELECT RAISE(ABORT, 'a message does not move so'); "
        "END"
    ),
}
"""A message that was sent may fail: a task that staff did not confirm."""


def upgrade() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("due_real", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_task", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("expire_time", sa.BigInteger(), nullable=False),
        sa.Column("remind_time", sa.BigInteger(), nullable=True),
        sa.Column("reminded", sa.Integer(), server_default="0", nullable=False),
        sa.Column("withdraw_real", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_follow_ups")),
    )
    op.create_index("ix_follow_ups_due", "follow_ups", ["account_id", "due_real"], unique=False)
    for name, column, where in (
        ("ix_follow_ups_remind", "remind_time", "remind_time IS NOT NULL"),
        ("ix_follow_ups_expire", "expire_time", "withdraw_real IS NOT NULL"),
    ):
        op.create_index(
            name,
            "follow_ups",
            ["account_id", column],
            unique=False,
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(where),
        )
    op.create_table(
        "account_turns",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("until_real", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_turns")),
    )
    dialect = op.get_bind().dialect.name
    op.execute("DROP TRIGGER message_states_moves" + (" ON message_states" if dialect == "postgresql" else ""))
    op.execute(_MOVES[dialect])
