"""What results of calls mean beyond their messages, as reactions to the steps of a batch.

They run in the order of REACTIONS, in the transaction that moves the messages, which holds the rows of their states:
what they lock themselves comes behind those, sorted by key.
"""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from tidegate.delivery.announce import Announcer
from tidegate.delivery.reactions import accounts, breakers, costs, following, recipients, templates
from tidegate.delivery.steps import Step

Reaction = Callable[[sa.Connection, Announcer, Sequence[Step]], None]

REACTIONS: Sequence[Reaction] = (
    recipients.react,
    accounts.react,
    breakers.react,
    templates.react,
    costs.react,
    following.react,
)
"""What is done about a batch of steps, in this order. A reaction is given all of them."""

OF_CALLS = frozenset({accounts.react, breakers.react, costs.react})
"""Those about calls as such: they are also given the steps of messages that a receipt has settled before the answer."""
