"""Channels to the services: token, request id and deadline go along, and UNAVAILABLE is tried again."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, TypeVar

import grpc

from tidegate.runtime.edge.call import current_request_id, remaining
from tidegate.runtime.edge.metadata import AUTHORIZATION, REQUEST_ID, SERVICE
from tidegate.runtime.ids import new_id

if TYPE_CHECKING:
    from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
    from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
    from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
    from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub

S = TypeVar("S")
Metadata = tuple[tuple[str, str | bytes], ...]

DEFAULT_TIMEOUT_SECONDS = 30.0
_DEFAULT_MESSAGE_BYTES = 16 * 1024 * 1024
_RETRIES = json.dumps(
    {
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 3,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client proves itself with. ``service`` is the name of a service of the suite, else empty."""

    token: str
    service: str = ""

    def metadata(self) -> Metadata:
        """The metadata that goes with every call."""
        proof = (AUTHORIZATION, f"Bearer {self.token}")
        return (proof, (SERVICE, self.service)) if self.service else (proof,)


def open_channel(
    address: str,
    credentials: Credentials | None = None,
    *,
    max_message_bytes: int = _DEFAULT_MESSAGE_BYTES,
    retry: bool = True,
) -> grpc.Channel:
    """A channel to the service at ``address`` (host:port). It connects at the first call.

    With ``credentials`` every call carries the token, the request id of the call being answered (else a new
    one), and what is left of its deadline (else 30 s). ``retry``: after UNAVAILABLE a call is tried up
    to three times more.
    """
    options: list[tuple[str, Any]] = [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.enable_retries", int(retry)),
        ("grpc.service_config", _RETRIES),
    ]
    channel = grpc.insecure_channel(address, options=options)
    return channel if credentials is None else _CallingChannel(channel, credentials)


class Peers:
    """The other services, as typed stubs; each channel is opened at its first use."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        credentials: Credentials,
        *,
        max_message_bytes: int = _DEFAULT_MESSAGE_BYTES,
    ) -> None:
        """``addresses`` by service name; they may be filled in until the first use."""
        self._addresses = addresses
        self._credentials = credentials
        self._max_message_bytes = max_message_bytes
        self._lock = threading.Lock()
        self._channels: dict[str, grpc.Channel] = {}
        self._stubs: dict[tuple[str, Any], Any] = {}
        self._waiting: Peers | None = None

    @property
    def waiting(self) -> "Peers":
        """The same services, for calls that wait for news: stop_waiting() ends these and no others."""
        with self._lock:
            if self._waiting is None:
                self._waiting = Peers(self._addresses, self._credentials, max_message_bytes=self._max_message_bytes)
            return self._waiting

    def stop_waiting(self) -> None:
        """Ends the calls through `waiting` as CANCELLED."""
        with self._lock:
            waiting = self._waiting
        if waiting is not None:
            waiting.close()

    def knows(self, service: str) -> bool:
        """Whether there is an address for ``service``: a process may run without some of the suite."""
        return not self._addresses.get(service, ":0").endswith(":0")

    def identity(self) -> "IdentityServiceStub":
        """The identity service."""
        from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

        return self.stub("identity", IdentityServiceStub)

    def segmentation(self) -> "SegmentationServiceStub":
        """The segmentation service."""
        from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub

        return self.stub("segmentation", SegmentationServiceStub)

    def journey(self) -> "JourneyServiceStub":
        """The journey service."""
        from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub

        return self.stub("journey", JourneyServiceStub)

    def delivery(self) -> "DeliveryServiceStub":
        """The delivery service."""
        from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub

        return self.stub("delivery", DeliveryServiceStub)

    def stub(self, service: str, make: Callable[[grpc.Channel], S]) -> S:
        """The stub that ``make`` makes, such as ReportServiceStub, on the channel to ``service``."""
        key = (service, make)
        with self._lock:
            if key not in self._stubs:
                self._stubs[key] = make(self._channel(service))
            stub: S = self._stubs[key]
        return stub

    def close(self) -> None:
        """Closes the channels; calls under way end as CANCELLED."""
        self.stop_waiting()
        with self._lock:
            for channel in self._channels.values():
                channel.close()

    def _channel(self, service: str) -> grpc.Channel:
        if service not in self._channels:
            self._channels[service] = open_channel(
                self._addresses[service], self._credentials, max_message_bytes=self._max_message_bytes
            )
        return self._channels[service]


class _CallingChannel(grpc.Channel):
    """A channel whose calls carry what belongs to them. It costs less than client interceptors do."""

    def __init__(self, channel: grpc.Channel, credentials: Credentials) -> None:
        self._channel = channel
        self._proof = credentials.metadata()

    def unary_unary(self, *args: Any, **options: Any) -> Any:
        return _Calling(self._channel.unary_unary(*args, **options), self._proof, DEFAULT_TIMEOUT_SECONDS)

    def unary_stream(self, *args: Any, **options: Any) -> Any:
        return _Calling(self._channel.unary_stream(*args, **options), self._proof, None)

    def stream_unary(self, *args: Any, **options: Any) -> Any:
        return _Calling(self._channel.stream_unary(*args, **options), self._proof, None)

    def stream_stream(self, *args: Any, **options: Any) -> Any:
        return _Calling(self._channel.stream_stream(*args, **options), self._proof, None)

    def subscribe(
        self,
        callback: Callable[[grpc.ChannelConnectivity], None],
        try_to_connect: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        self._channel.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Callable[[grpc.ChannelConnectivity], None]) -> None:
        self._channel.unsubscribe(callback)

    def close(self) -> None:
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Calling:
    """One method of a _CallingChannel."""

    __slots__ = ("_default_timeout", "_method", "_proof")

    def __init__(self, method: Any, proof: Metadata, default_timeout: float | None) -> None:
        self._method = method
        self._proof = proof
        self._default_timeout = default_timeout

    def __call__(
        self, request: Any, timeout: float | None = None, metadata: Metadata | None = None, **options: Any
    ) -> Any:
        return self._method(request, **self._completed(timeout, metadata), **options)

    def with_call(
        self, request: Any, timeout: float | None = None, metadata: Metadata | None = None, **options: Any
    ) -> Any:
        return self._method.with_call(request, **self._completed(timeout, metadata), **options)

    def future(
        self, request: Any, timeout: float | None = None, metadata: Metadata | None = None, **options: Any
    ) -> Any:
        return self._method.future(request, **self._completed(timeout, metadata), **options)

    def _completed(self, timeout: float | None, metadata: Metadata | None) -> dict[str, Any]:
        """The shortest of the given timeout and what is left of the call being answered."""
        times = [each for each in (timeout, remaining()) if each is not None]
        given = tuple(metadata or ())
        if not any(key == REQUEST_ID for key, _ in given):
            given = (*given, (REQUEST_ID, current_request_id() or new_id()))
        return {
            "timeout": min(times) if times else self._default_timeout,
            "metadata": (*self._proof, *given),
        }
