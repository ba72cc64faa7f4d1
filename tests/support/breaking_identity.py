"""An identity service that takes events, and breaks its streams when a test tells it to."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from tidegate.api.common.v1 import common_pb2
from tidegate.api.identity.v1 import events_pb2, identity_service_pb2_grpc


@dataclass
class Breaking(identity_service_pb2_grpc.IdentityServiceServicer):
    """Takes events like identity does, refuses phones that begin with 0, and breaks its streams when told.

    ``breaks``: after how many batches each stream in turn ends; the last of them has been taken already,
    only its acknowledgement is lost.
    """

    breaks: list[int] = field(default_factory=list)
    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE
    known: dict[str, str] = field(default_factory=dict)
    batches: int = 0

    def IngestStream(  # noqa: N802
        self, request_iterator: Iterator[events_pb2.IngestStreamRequest], context: grpc.ServicerContext
    ) -> Iterator[events_pb2.IngestStreamResponse]:
        left = self.breaks.pop(0) if self.breaks else -1
        for request in request_iterator:
            answer = self._take(request)
            left -= 1
            if left == 0:
                context.abort(self.code, "the stream breaks")
            yield answer

    def _take(self, request: events_pb2.IngestStreamRequest) -> events_pb2.IngestStreamResponse:
        self.batches += 1
        answer = events_pb2.IngestStreamResponse(sequence=request.sequence)
        for index, event in enumerate(request.events):
            if event.identifiers[0].value.startswith("0"):
                answer.refused.append(_refusal(index))
            elif event.event_id in self.known:
                answer.duplicates += 1
            else:
                self.known[event.event_id] = event.identifiers[0].value
                answer.accepted += 1
        return answer


def _refusal(index: int) -> events_pb2.RefusedEvent:
    path = f"events[{index}].identifiers[0].value"
    violation = common_pb2.FieldViolation(field=path, description="is no phone number")
    return events_pb2.RefusedEvent(index=index, error=common_pb2.ItemError(field_violations=[violation]))


@contextmanager
def served(
    servicer: identity_service_pb2_grpc.IdentityServiceServicer,
) -> Iterator[identity_service_pb2_grpc.IdentityServiceStub]:
    """Serves ``servicer`` until the end of the block, and gives its stub."""
    server = grpc.server(ThreadPoolExecutor(8))
    identity_service_pb2_grpc.add_IdentityServiceServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield identity_service_pb2_grpc.IdentityServiceStub(channel)
    finally:
        server.stop(0).wait()
