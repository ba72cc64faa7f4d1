"""What waits for other accounts, since some have refused it or lack what it takes to send it, stands by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_SECTION = ["channel", "tried", "left_by", "left_among", "brand"]
_PLACE = ["rank", "expire_time", "message_id"]
_OPEN = "state = 'accepted' AND tried = '' AND left_by = ''"


def upgrade() -> None:
    _index("closed", [*_SECTION, *_PLACE], "state = 'accepted' AND (tried <> '' OR left_by <> '')")
    _index("refused", [*_SECTION, "tried_until_real"], "state = 'accepted' AND tried <> ''")
    op.drop_index("ix_message_states_due", "message_states")
    _index("due", ["channel", *_PLACE], _OPEN)
    op.drop_index("ix_message_states_brand", "message_states")
    _index("brand", ["channel", "brand", *_PLACE], f"{_OPEN} AND brand <> ''")


def _index(name: str, columns: list[str], of: str) -> None:
    op.create_index(
        f"ix_message_states_{name}",
        "message_states",
        columns,
        postgresql_where=sa.text(of),
        sqlite_where=sa.text(of),
    )
