"""Pure: a rule read back as one sentence of plain language (semantics §3), for people who are to agree to it."""

from tidegate.segmentation.rules.words.wording import Wording

__all__ = ["Wording"]
