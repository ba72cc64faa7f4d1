"""No message moves from state to state but as the machine has it; what wakes wakes in order; what is the same content."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_REFUSE = (
    "CREATE OR REPLACE FUNCTION message_states_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = 'a message does not move from ' || "
    "OLD.state || ' to ' || NEW.state; END $$"
)
_MOVES = (
    "CREATE TRIGGER message_states_moves AFTER UPDATE OF state ON message_states FOR EACH ROW WHEN (NOT "
    "CASE OLD.state WHEN 'accepted' THEN NEW.state = 'accepted' OR NEW.state = 'claimed' OR NEW.state = "
    "'deferred' OR NEW.state = 'dropped' WHEN 'deferred' THEN NEW.state = 'accepted' OR NEW.state = "
    "'dropped' WHEN 'claimed' THEN NEW.state = 'accepted' OR NEW.state = 'calling' OR NEW.state = "
    "'dropped' OR NEW.state = 'failed' WHEN 'calling' THEN NEW.state = 'accepted' OR NEW.state = "
    "'bounced' OR NEW.state = 'clicked' OR NEW.state = 'deferred' OR NEW.state = 'delivered' OR NEW.state"
    " = 'failed' OR NEW.state = 'opened' OR NEW.state = 'sent' OR NEW.state = 'uncertain' WHEN "
    "'uncertain' THEN NEW.state = 'accepted' OR NEW.state = 'bounced' OR NEW.state = 'clicked' OR "
    "NEW.state = 'deferred' OR NEW.state = 'delivered' OR NEW.state = 'failed' OR NEW.state = 'opened' OR"
    " NEW.state = 'sent' WHEN 'sent' THEN NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = "
    "'delivered' OR NEW.state = 'opened' WHEN 'delivered' THEN NEW.state = 'clicked' OR NEW.state = "
    "'opened' WHEN 'bounced' THEN NEW.state = 'clicked' OR NEW.state = 'opened' WHEN 'opened' THEN "
    "NEW.state = 'clicked' ELSE 1 = 0 END)"
)


def upgrade() -> None:
    op.drop_index("ix_message_states_wake", "message_states")
    op.create_index(
        "ix_message_states_wake",
        "message_states",
        ["wake_time", "rank"],
        unique=False,
        postgresql_where=sa.text("state = 'deferred' AND wake_time IS NOT NULL"),
        sqlite_where=sa.text("state = 'deferred' AND wake_time IS NOT NULL"),
    )
    for table in ("messages", "ledger"):
        op.add_column(table, sa.Column("content_key", sa.Text(), server_default="", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE)
        op.execute(f"{_MOVES} EXECUTE FUNCTION message_states_refuse()")
    else:
        op.execute(f"{_MOVES} BEGIN SELECT RAISE(ABORT, 'a message does not move so'); END")
