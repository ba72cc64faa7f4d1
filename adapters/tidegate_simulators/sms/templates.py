"""Templates that are registered at a cloud."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a template is for: limits and hours depend on it."""

    CODE = "code"
    NOTICE = "notice"
    MARKETING = "marketing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One template.

    Attributes:
        code: By what calls name it.
        content: Its text, variables in the cloud's way of writing them.
        kind: What it is for.
        abroad: Whether it is for numbers abroad, instead of those at home.
        max_length: Most characters of one variable's value.
        is_approved: Whether it has been approved.
    """

    code: str
    content: str
    kind: Kind = Kind.NOTICE
    abroad: bool = False
    max_length: int = 35
    is_approved: bool = True
