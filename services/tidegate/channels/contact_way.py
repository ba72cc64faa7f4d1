"""A code that leads customers to staff at a provider."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWay:
    """What a contact way is to do.

    Attributes:
        source_code: What it carries: the provider gives it back with whoever comes by it, and the channel tells it as
            the property `source_code` of what happened. At most 63 characters; a channel refuses what
            its provider can't carry, with a permanent outcome and before any call.
        staff_ids: Whom customers add, by their ids at the provider; at least one.
        remark: For the staff to read; not shown by repr().
    """

    source_code: str
    staff_ids: tuple[str, ...]
    remark: str = field(default="", repr=False)
