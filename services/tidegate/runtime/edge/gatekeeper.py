"""Who may pass: the caller by its token, the method's scope, the limits."""

from collections.abc import Mapping

from tidegate.runtime.callers import Caller, Callers
from tidegate.runtime.config import LimitSettings, PoolSettings
from tidegate.runtime.edge import metadata as metadata_keys
from tidegate.runtime.edge.limits import CallerLimits, CallerMeter, StreamSlots, WaitSlots
from tidegate.runtime.edge.methods import Method
from tidegate.runtime.errors import PermissionDenied, Unauthenticated, Unavailable

_BEARER = "Bearer "


class Gatekeeper:
    """Decides for one service who may call what, and how much at a time."""

    def __init__(self, callers: Callers, limits: LimitSettings, pools: PoolSettings) -> None:
        self._callers = callers
        self._limits = CallerLimits(limits)
        self._streams = StreamSlots(limits.streams)
        self.waits = WaitSlots(max(1, (pools.workers - limits.streams) // 2))
        self._ending = False

    def close(self) -> None:
        """Lets nobody in from now on but the services of the suite, which may be finishing what they do."""
        self._ending = True

    def identify(self, metadata: Mapping[str, str | bytes]) -> Caller:
        """The caller that the call's metadata proves. Raises Unauthenticated, or Unavailable at the end."""
        given = metadata.get(metadata_keys.AUTHORIZATION)
        if not isinstance(given, str) or not given.startswith(_BEARER):
            raise Unauthenticated(
                f"the call carries no token; send metadata `{metadata_keys.AUTHORIZATION}: {_BEARER}TOKEN`",
                reason="NO_TOKEN",
            )
        caller = self._callers.find(given.removeprefix(_BEARER), service=str(metadata.get(metadata_keys.SERVICE, "")))
        if caller is None:
            raise Unauthenticated("the token is not known; make one with `tidegate token new`", reason="UNKNOWN_TOKEN")
        if self._ending and not caller.peer:
            raise Unavailable("the process is about to end; try again, another one may answer", reason="ENDING")
        return caller

    def authorize(self, caller: Caller, method: Method) -> None:
        """Raises PermissionDenied unless ``caller`` has the method's scope."""
        if not method.scope:
            raise PermissionDenied(
                f"{method.name} names no scope in its contract, so no caller may call it", reason="NO_SCOPE"
            )
        if not caller.may(method.scope):
            raise PermissionDenied(
                f"{method.name} needs the scope {method.scope}, which {caller.name} does not have; "
                "add it to the caller's scopes in the callers file",
                reason="SCOPE_MISSING",
                metadata={"scope": method.scope, "caller": caller.name},
            )

    def count_in(self, caller: Caller, method: Method) -> "Admission":
        """Counts the call in. Raises ResourceExhausted when a limit is reached."""
        admission = Admission()
        admission.meter = self._limits.enter(caller)
        if method.streaming:
            try:
                self._streams.enter()
            except BaseException:
                admission.leave()
                raise
            admission.streams = self._streams
        return admission


class Admission:
    """What a call is counted in, to be given back at its end."""

    __slots__ = ("meter", "streams")

    def __init__(self) -> None:
        self.meter: CallerMeter | None = None
        self.streams: StreamSlots | None = None

    def leave(self) -> None:
        """Counts the call out."""
        if self.meter is not None:
            self.meter.leave()
        if self.streams is not None:
            self.streams.leave()
