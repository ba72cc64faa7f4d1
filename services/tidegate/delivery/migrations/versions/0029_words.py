"""What providers said of messages is taken out of the reasons for which they refuse templates: it is kept, sealed."""

import re
from typing import Any

import sqlalchemy as sa
from alembic import op
from tidegate.runtime.db import Json

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TEMPLATES = sa.table("templates", sa.column("template_id", sa.Text), sa.column("document", Json))
_REASON = re.compile(r"(refused \d+ times by the provider of [^:]+): .*", re.DOTALL)


def upgrade() -> None:
    connection = op.get_bind()
    for template_id, document in connection.execute(sa.select(*_TEMPLATES.c)).all():
        shortened = _shortened(document)
        if shortened != document:
            changed = sa.update(_TEMPLATES).where(_TEMPLATES.c.template_id == template_id)
            connection.execute(changed.values(document=shortened))


def _shortened(value: Any) -> Any:
    """The document with these reasons cut before the words, wherever they stand."""
    if isinstance(value, dict):
        return {key: _shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    return _REASON.sub(r"\1", value) if isinstance(value, str) else value
