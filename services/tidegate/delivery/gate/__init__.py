"""The gate: the ordered checks of one message on one channel. Pure; the rows come from the gatekeeper.

`order` holds the order; every check is a module of its own, which says no by a decision or lets pass by None.
"""

from tidegate.delivery.gate.consent import consented
from tidegate.delivery.gate.order import Gate
from tidegate.delivery.gate.terms import Fellow, Policies, Template

__all__ = ["Fellow", "Gate", "Policies", "Template", "consented"]
