"""The edge: what happens around every call, so that servicers need not know of it.

Before a call is answered the edge settles its request id and deadline, knows the caller by its token, and
checks the method's scope and the caller's limits. After it, errors have become statuses, and one log line
(`call.finished`) and the metrics tell of it. Servicers raise the errors of tidegate.runtime.errors.
"""

from tidegate.runtime.edge.call import (
    check_deadline,
    current_caller,
    current_request_id,
    remaining,
)

__all__ = ["check_deadline", "current_caller", "current_request_id", "remaining"]
