"""`tidegate health`: asks services whether they serve, for container health checks."""

import sys
from typing import Annotated

import grpc
import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tidegate.cli.options import ConfigFile
from tidegate.runtime.config import chosen, load

SERVING = "SERVING"


def health(
    service: Annotated[str | None, typer.Argument(help="One service; all, when none is named.")] = None,
    address: Annotated[str | None, typer.Option(help="Where to ask (host:port), instead of there.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for each answer.")] = 5.0,
    config: ConfigFile = None,
) -> None:
    """Asks services whether they serve; ends with status 1 when one does not."""
    if address is not None:
        asked = {service or "service": address}
    else:
        settings = load(config)
        asked = {name: settings.address_of(name) for name in chosen([service] if service else ())}
    states = [state_of(where, timeout=timeout) for where in asked.values()]
    for (name, where), state in zip(asked.items(), states, strict=True):
        sys.stdout.write(f"{name} at {where}: {state}\n")
    if any(state != SERVING for state in states):
        raise typer.Exit(1)


def state_of(address: str, *, timeout: float) -> str:
    """What the server at ``address`` says of its health, or why it can't be asked."""
    with grpc.insecure_channel(address, options=[("grpc.enable_retries", 0)]) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=timeout)
        except grpc.RpcError as error:
            return str(error.code().name)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
