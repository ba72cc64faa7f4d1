"""The gate's operation: claims a batch for an account, decides it in one transaction, writes what was decided.

    claim (lease) ─▶ contact points from identity ─▶ wait until identity's feed is applied as far
        ─▶ one transaction: lock messages, lock customers by id, read, decide, write states, slots, decisions, feed

`keeper` claims and owns the transactions, `reading` reads what the gate goes by, `deciding` asks it, `writing` writes
its decisions, and `taking` what grants take. A worker that dies in between leaves messages under a lease that ends;
nothing has been taken for them.
"""

from tidegate.delivery.gatekeeper.batch import Decided, Lane
from tidegate.delivery.gatekeeper.deciding import slot
from tidegate.delivery.gatekeeper.keeper import Gatekeeper
from tidegate.delivery.gatekeeper.reading import read_customers

__all__ = ["Decided", "Gatekeeper", "Lane", "read_customers", "slot"]
