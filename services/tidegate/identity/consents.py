"""Consents: the newest explicit decision counts; of two with the same time, the denial."""

from tidegate.identity.model import Consent, Decision


def newest(current: Consent | None, new: Consent) -> Consent:
    """The decision in force when ``new`` arrives beside ``current``, both about the same subject."""
    return new if current is None else max(current, new, key=_rank)


def _rank(consent: Consent) -> tuple[int, bool, str, str]:
    return consent.time, consent.decision is Decision.DENIED, consent.source, consent.proof
