"""What is announced of templates."""

import sqlalchemy as sa

from tidegate.api.delivery.v1 import changes_pb2
from tidegate.delivery.announce import Announcer
from tidegate.delivery.templates.convert import STATES
from tidegate.delivery.templates.model import Template


def changed(
    connection: sa.Connection, announcer: Announcer, template: Template, *, reason: str = "", account_id: str = ""
) -> None:
    """Announces how a template is now, and by which account's provider."""
    body = changes_pb2.TemplateChanged(
        template_id=template.template_id,
        version=template.version,
        state=STATES[template.state],
        reason=reason or template.state_reason,
        account_id=account_id,
    )
    announcer.changes(connection, [(changes_pb2.Change(template_changed=body), 0, template.update_time)])
