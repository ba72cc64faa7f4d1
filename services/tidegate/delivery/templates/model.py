"""Templates as they are kept. Instants are microseconds."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_VALUE = 4096
"""Characters that a variable's text may have at most."""


class TemplateState(enum.StrEnum):
    """Whether a template may be sent."""

    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class VariableType(enum.StrEnum):
    """What a variable holds."""

    TEXT = "text"
    NUMBER = "number"
    TIMESTAMP = "timestamp"
    URL = "url"
    BOOL = "bool"


class ProviderState(enum.StrEnum):
    """What a provider says of a template that it has to approve."""

    UNSPECIFIED = "unspecified"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that callers fill. ``default`` is in its stored form, None where a value is required."""

    name: str
    type: VariableType = VariableType.TEXT
    default: Any = None
    max_length: int = LONGEST_VALUE
    sample: str = ""


@dataclass(frozen=True, slots=True)
class TemplateContent:
    """What is sent on one channel in one language (empty: any); ``parts`` are Jinja sources by name."""

    channel: str
    language: str
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of a provider's template and the part that fills it; without a name it has its number."""

    name: str
    part: str


@dataclass(frozen=True, slots=True)
class ProviderTemplate:
    """A template at the provider of one account; ``before`` is what it was until counted refusals rejected it.

    ``parameters`` are its variables, in the provider's order; without any the parts are variables by their own names.
    """

    account_id: str
    provider_template_id: str
    state: ProviderState
    detail: str = ""
    update_time: int = 0
    before: ProviderState | None = None
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template. ``version`` counts the changes of its contents, ``revision`` all changes."""

    template_id: str
    contents: tuple[TemplateContent, ...]
    variables: tuple[Variable, ...] = ()
    display_name: str = ""
    default_language: str = ""
    state: TemplateState = TemplateState.ACTIVE
    state_reason: str = ""
    version: int = 1
    revision: int = 1
    provider_templates: tuple[ProviderTemplate, ...] = field(default=())
    create_time: int = 0
    update_time: int = 0

    def is_rejected_by(self, account_id: str) -> bool:
        """Whether the account's provider does not take it."""
        rejected = ProviderState.REJECTED
        return any(one.account_id == account_id and one.state is rejected for one in self.provider_templates)

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return f"{self.revision:x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look at. ``variables`` are in their stored form; ``customer_id`` 0 is nobody in particular."""

    channels: Sequence[str] = ()
    language: str = ""
    variables: Mapping[str, Any]
    customer_id: int = 0
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A content as it would be sent. ``has_address`` is None for nobody in particular."""

    channel: str
    language: str
    parts: Mapping[str, str]
    sms_parts: int
    has_address: bool | None
