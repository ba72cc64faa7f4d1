"""The circuit breakers of accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("failures", "opens", "since_real", "until_real", "probing_real"):
        op.add_column(
            "account_rates", sa.Column(f"breaker_{name}", sa.BigInteger(), server_default="0", nullable=False)
        )
