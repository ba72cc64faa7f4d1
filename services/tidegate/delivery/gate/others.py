"""After the checks: what an account can't send is left to another account of the channel that can.

Each account of a channel decides for itself, so a channel is left only where none of its accounts can send.
"""

from collections.abc import Collection, Iterator, Mapping

from tidegate.delivery.gate.terms import Terms
from tidegate.delivery.model import ContactPoints, Decision, DropReason, Facts, GateCheck, RecipientKind, Verdict

_OF_THE_ACCOUNT = frozenset({DropReason.NO_ADDRESS, DropReason.TEMPLATE_INVALID})
"""What one account lacks and another may have: an address in its namespace, a template that its provider takes."""


def leave(terms: Terms, message: Facts, decision: Decision, points: ContactPoints | None) -> Decision:
    """The decision, or that the message is left to other accounts, where it says no for what only this one lacks."""
    if decision.check is not GateCheck.ADDRESS or decision.reason not in _OF_THE_ACCOUNT:
        return decision
    able = tuple(sorted(_able(terms, message, points)))
    if not able:
        return decision
    facts = {**decision.facts, "left_to": ", ".join(able)}
    return decision._replace(verdict=Verdict.DEFERRED, facts=facts, left_to=able)


def refused(
    terms: Terms, message: Facts, decision: Decision, points: ContactPoints | None, by: Mapping[str, bool]
) -> Decision:
    """The decision about a message that accounts have refused already, and for good where that is true of them.

    One whose provider has refused it for good does not ask again: the message waits for the others.
    """
    if decision.verdict is Verdict.GRANTED and by.get(terms.account_id):
        left_to = tuple(sorted(_able(terms, message, points)))
        left = Decision(Verdict.DEFERRED, terms.now, message.channel, GateCheck.ADDRESS, left_to=left_to)
        return _beyond(left, by)
    return _beyond(decision, by) if decision.left_to else decision


def _beyond(decision: Decision, refused_by: Collection[str]) -> Decision:
    """The decision to leave a message, once ``refused_by`` have refused it: to those that have not, if there are any.

    Left to none, it goes the way that the refusal says.
    """
    able = tuple(one for one in decision.left_to if one not in refused_by)
    facts = {**decision.facts, "refused_by": ", ".join(refused_by), "left_to": ", ".join(able)}
    return decision._replace(
        left_to=able, is_refused=not able, facts={key: text for key, text in facts.items() if text}
    )


def _able(terms: Terms, message: Facts, points: ContactPoints | None) -> Iterator[str]:
    template = terms.templates.get(message.template_id)
    if template is None:
        return
    reached = {address.namespace for address in points.addresses} if points else set()
    for one in terms.others:
        is_reached = message.recipient_kind is not RecipientKind.CUSTOMER or one.namespace in reached
        fits = not one.brands or message.brand in one.brands
        if fits and is_reached and template.usable(message.channel, one.account_id):
            yield one.account_id
