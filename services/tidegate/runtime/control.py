"""ControlService: what a service is doing, for those who operate it and for whoever drives the clock."""

import grpc

from tidegate.api.control.v1 import control_pb2, control_pb2_grpc
from tidegate.runtime.clock import Clock
from tidegate.runtime.loops import Activity, LoopStatus


class ControlServicer(control_pb2_grpc.ControlServiceServicer):
    """Answers for one service."""

    def __init__(self, service: str, *, clock: Clock, activity: Activity) -> None:
        self._service = service
        self._clock = clock
        self._activity = activity

    def GetActivity(
        self, request: control_pb2.GetActivityRequest, context: grpc.ServicerContext
    ) -> control_pb2.GetActivityResponse:
        if request.nudge:
            self._activity.nudge()
        answer = control_pb2.GetActivityResponse(service=self._service, loops=map(_loop, self._activity.statuses()))
        answer.now.FromDatetime(self._clock.now())
        return answer


def _loop(status: LoopStatus) -> control_pb2.LoopActivity:
    return control_pb2.LoopActivity(
        name=status.name,
        passes=status.passes,
        busy_passes=status.busy_passes,
        busy=status.busy,
        last_error=status.last_error,
    )
