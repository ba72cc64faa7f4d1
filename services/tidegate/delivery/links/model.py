"""Links that are kept."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedLink:
    """A link that leads to ``target_url`` until ``expire_time``; None is for ever. Instants are microseconds.

    ``message_id`` and ``customer_id`` are empty for a link of nobody's own; ``label`` names it in reports.
    """

    code: str
    target_url: str
    message_id: str = ""
    customer_id: int = 0
    campaign_id: str = ""
    label: str = ""
    expire_time: int | None = None
    create_time: int = 0
