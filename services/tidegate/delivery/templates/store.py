"""The table of templates, and every statement on it."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from tidegate.delivery.schema import METADATA
from tidegate.delivery.templates.model import Template, TemplateState
from tidegate.runtime.db import Json, OverRows, insert
from tidegate.runtime.errors import DataLoss

TEMPLATES = sa.Table(
    "templates",
    METADATA,
    sa.Column("template_id", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.CheckConstraint("state IN ('active', 'archived', 'paused')", name="state_known"),
)
"""Templates as they are now."""

VERSIONS = sa.Table(
    "template_versions",
    METADATA,
    sa.Column("template_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("document", Json, nullable=False),
)
"""Every version of a template's contents there ever was: messages of the past name them."""

_DOCUMENTS = TypeAdapter(Template)


def revisions(connection: sa.Connection, template_ids: Collection[str]) -> dict[str, int]:
    """The revision of each of the templates that exist."""
    rows = _REVISIONS.run(connection, [(one,) for one in template_ids]).all()
    return {row[0]: row[1] for row in rows}


def _revisions(asked: sa.FromClause) -> sa.Select[Any]:
    table = TEMPLATES.c
    return sa.select(table.template_id, table.revision).join(asked, asked.c.template_id == table.template_id)


_REVISIONS = OverRows([TEMPLATES.c.template_id], _revisions)


def standing(connection: sa.Connection) -> tuple[int, int]:
    """How many templates there are, and a number that grows with every change of one."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(TEMPLATES.c.revision), 0))
    count, changes = connection.execute(query.select_from(TEMPLATES)).one()
    return count, int(changes)


def load(connection: sa.Connection, template_ids: Collection[str]) -> list[Template]:
    """Those of the templates that exist."""
    query = sa.select(TEMPLATES).where(TEMPLATES.c.template_id.in_(sorted(template_ids)))
    return [_template(row) for row in connection.execute(query)]


def version(connection: sa.Connection, template_id: str, number: int) -> Template | None:
    """The template as it was when it got to a version."""
    kept = VERSIONS.c
    query = sa.select(VERSIONS).where(kept.template_id == template_id, kept.version == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else _template(row)


def lock(connection: sa.Connection, template_id: str) -> Template | None:
    """The template, held until the transaction ends."""
    query = sa.select(TEMPLATES).where(TEMPLATES.c.template_id == template_id).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else _template(row)


def page(connection: sa.Connection, *, after: str, limit: int, state: TemplateState | None) -> list[Template]:
    """Up to ``limit`` templates behind an id, of one state or of all."""
    query = sa.select(TEMPLATES).where(TEMPLATES.c.template_id > after)
    if state is not None:
        query = query.where(TEMPLATES.c.state == state)
    return [_template(row) for row in connection.execute(query.order_by(TEMPLATES.c.template_id).limit(limit))]


def create(connection: sa.Connection, template: Template) -> bool:
    """Adds the template; False when its id is taken."""
    statement = insert(connection, TEMPLATES).values(_row(template)).on_conflict_do_nothing()
    made = connection.execute(statement.returning(TEMPLATES.c.template_id)).first() is not None
    if made:
        _keep_version(connection, template)
    return made


def replace(connection: sa.Connection, template: Template) -> None:
    """Puts ``template`` in the place of the one with its id."""
    where = TEMPLATES.c.template_id == template.template_id
    connection.execute(sa.update(TEMPLATES).where(where).values(_row(template)))
    _keep_version(connection, template)


def _keep_version(connection: sa.Connection, template: Template) -> None:
    document = _DOCUMENTS.dump_python(template, mode="json")
    row = {"template_id": template.template_id, "version": template.version, "document": document}
    connection.execute(insert(connection, VERSIONS).values(row).on_conflict_do_nothing())


def _row(template: Template) -> dict[str, Any]:
    return {
        "template_id": template.template_id,
        "revision": template.revision,
        "state": template.state.value,
        "document": _DOCUMENTS.dump_python(template, mode="json"),
    }


def _template(row: Any) -> Template:
    try:
        return _DOCUMENTS.validate_python(row.document)
    except ValidationError as error:
        raise DataLoss("template", row.template_id) from error
