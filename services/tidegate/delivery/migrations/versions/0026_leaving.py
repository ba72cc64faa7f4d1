"""Accounts that lack what it takes to send a message rest from it; what none of the others can send goes on at once."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_MOVES = (
    "CREATE TRIGGER message_states_moves AFTER UPDATE OF state ON message_states FOR EACH ROW WHEN (NOT "
    "CASE OLD.state WHEN 'accepted' THEN NEW.state = 'accepted' OR NEW.state = 'claimed' OR NEW.state = "
    "'deferred' OR NEW.state = 'dropped' OR NEW.state = 'failed' WHEN 'deferred' THEN NEW.state = "
    "'accepted' OR NEW.state = 'dropped' WHEN 'claimed' THEN NEW.state = 'accepted' OR NEW.state = "
    "'calling' OR NEW.state = 'dropped' OR NEW.state = 'failed' WHEN 'calling' THEN NEW.state = "
    "'accepted' OR NEW.state = 'bounced' OR NEW.state = 'clicked' OR NEW.state = 'deferred' OR NEW.state "
    "= 'delivered' OR NEW.state = 'failed' OR NEW.state = 'opened' OR NEW.state = 'sent' OR NEW.state = "
    "'uncertain' WHEN 'uncertain' THEN NEW.state = 'accepted' OR NEW.state = 'bounced' OR NEW.state = "
    "'clicked' OR NEW.state = 'deferred' OR NEW.state = 'delivered' OR NEW.state = 'failed' OR NEW.state "
    "= 'opened' OR NEW.state = 'sent' WHEN 'sent' THEN NEW.state = 'bounced' OR NEW.state = 'clicked' OR "
    "NEW.state = 'delivered' OR NEW.state = 'opened' WHEN 'delivered' THEN NEW.state = 'clicked' OR "
    "NEW.state = 'opened' WHEN 'bounced' THEN NEW.state = 'clicked' OR NEW.state = 'opened' WHEN 'opened'"
    " THEN NEW.state = 'clicked' ELSE 1 = 0 END)"
)


def upgrade() -> None:
    op.add_column("message_states", sa.Column("left_by", sa.Text(), server_default="", nullable=False))
    op.add_column("message_states", sa.Column("left_among", sa.Text(), server_default="", nullable=False))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER message_states_moves ON message_states")
        op.execute(f"{_MOVES} EXECUTE FUNCTION message_states_refuse()")
    else:
        op.execute("DROP TRIGGER message_states_moves")
        op.execute(f"{_MOVES} BEGIN SELECT RAISE(ABORT, 'a message does not move so'); END")
