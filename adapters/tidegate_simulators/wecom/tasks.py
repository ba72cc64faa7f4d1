"""Mass messages: tasks that staff confirm, and what becomes of each customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

PENDING: Final = 0
SENT: Final = 1
NOT_A_FRIEND: Final = 2
ALREADY_GOT_ONE: Final = 3

_SENT_BY_STAFF: Final = 2


@dataclass(slots=True)
class Target:
    """One customer or group of a member's task: its status of 0 to 3, and when that came about."""

    status: int = PENDING
    time: float = 0.0


@dataclass(slots=True)
class Task:
    """One call of add_msg_template.

    Attributes:
        msgid: What it is known by.
        body: What was posted.
        created: When, in seconds since 1970.
        targets: For each member of staff their customers, or the groups that they own.
        confirmed: When each member sent it.
        reminders: When staff were reminded.
        cancelled: Whether what has not been sent will not be.
    """

    msgid: str
    body: Mapping[str, Any]
    created: float
    targets: dict[str, dict[str, Target]]
    confirmed: dict[str, float] = field(default_factory=dict)
    reminders: list[float] = field(default_factory=list)
    cancelled: bool = False

    @property
    def of_groups(self) -> bool:
        """Whether it goes to groups rather than to customers."""
        return self.body.get("chat_type") == "group"

    @property
    def is_over(self) -> bool:
        """Whether nobody has anything left to confirm."""
        return self.cancelled or all(user_id in self.confirmed for user_id in self.targets)

    def members(self) -> list[dict[str, object]]:
        """What get_groupmsg_task lists."""
        return [self._member(user_id) for user_id in self.targets]

    def results(self, user_id: str) -> list[dict[str, object]]:
        """What get_groupmsg_send_result lists of a member."""
        return [self._result(user_id, name, target) for name, target in self.targets[user_id].items()]

    def _member(self, user_id: str) -> dict[str, object]:
        if user_id not in self.confirmed:
            return {"userid": user_id, "status": PENDING}
        return {"userid": user_id, "status": _SENT_BY_STAFF, "send_time": int(self.confirmed[user_id])}

    def _result(self, user_id: str, name: str, target: Target) -> dict[str, object]:
        result: dict[str, object] = {"userid": user_id, "status": target.status}
        result["chat_id" if self.of_groups else "external_userid"] = name
        if target.status == SENT:
            result["send_time"] = int(target.time)
        return result
