"""`tidegate export-customer`: all that the four services hold of one person, in one JSON file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
from rich.console import Console

from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.identity.v1 import privacy_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.api.identity.v1.references_pb2 import CustomerReference
from tidegate.api.journey.v1 import journey_service_pb2
from tidegate.api.journey.v1.journey_service_pb2_grpc import JourneyServiceStub
from tidegate.api.segmentation.v1 import changes_pb2
from tidegate.api.segmentation.v1.segmentation_service_pb2_grpc import SegmentationServiceStub
from tidegate.cli.messages import WRONG_USE, ending
from tidegate.cli.options import ConfigFile
from tidegate.runtime.client import Credentials, open_channel
from tidegate.runtime.config import SERVICES, ConfigError, Settings, load

NOT_FINISHED = 3
_SECONDS = 600.0


def export_customer(
    customer: Annotated[str, typer.Argument(help="A customer's id, or NAMESPACE=VALUE, such as phone=+8613812345678.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write; readable by its owner alone.")],
    token_file: Annotated[
        Path | None, typer.Option(help="Holds the caller's token. Default: the one of development.")
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Writes all that identity, segmentation, journey, and delivery hold of a person into one JSON file.

    The object has a member for each service. Ends with status 2 when the command is wrong, 3 when a service could not
    be asked or does not know the person: then nothing is written.
    """
    settings = load(config)
    reference = _reference(customer)
    try:
        document = _document(settings, reference, _token(settings, token_file))
    except grpc.RpcError as error:
        raise ending(f"{error.code().name}: {error.details()}", NOT_FINISHED) from error
    _write(out, document)
    Console().print(f"customer {document['identity']['customer_id']} is in {out}")


def _reference(text: str) -> CustomerReference:
    if text.isdecimal():
        return CustomerReference(customer_id=int(text))
    namespace, separator, value = text.partition("=")
    if not (namespace and separator and value):
        raise ending(f"{text!r} is neither a customer's id nor NAMESPACE=VALUE", WRONG_USE)
    return CustomerReference(identifier=Identifier(namespace=namespace, value=value))


def _document(settings: Settings, reference: CustomerReference, token: str) -> dict[str, Any]:
    """Identity says whom the reference means; the others are asked by id."""

    def ask(service: str, call: Callable[[grpc.Channel], Any]) -> Any:
        with open_channel(settings.address_of(service), Credentials(token)) as channel:
            return json.loads(call(channel))

    def identity(channel: grpc.Channel) -> bytes:
        request = privacy_pb2.ExportCustomerRequest(customer=reference)
        parts = IdentityServiceStub(channel).ExportCustomer(request, timeout=_SECONDS)
        return b"".join(part.json_chunk for part in parts)

    known = ask("identity", identity)
    customer_id = known["customer_id"]
    return {
        "identity": known,
        "segmentation": ask(
            "segmentation",
            lambda channel: (
                SegmentationServiceStub(channel)
                .ExportCustomer(changes_pb2.ExportCustomerRequest(customer_id=customer_id), timeout=_SECONDS)
                .json
            ),
        ),
        "journey": ask(
            "journey",
            lambda channel: (
                JourneyServiceStub(channel)
                .ExportCustomer(journey_service_pb2.ExportCustomerRequest(customer_id=customer_id), timeout=_SECONDS)
                .json
            ),
        ),
        "delivery": ask(
            "delivery",
            lambda channel: (
                DeliveryServiceStub(channel)
                .ExportCustomer(delivery_service_pb2.ExportCustomerRequest(customer_id=customer_id), timeout=_SECONDS)
                .json
            ),
        ),
    }


def _token(settings: Settings, token_file: Path | None) -> str:
    path = token_file or settings.data_dir / "developer.token"
    try:
        return path.read_text().strip()
    except OSError as error:
        scopes = " ".join(f"--scope {service}.export" for service in SERVICES)
        raise ConfigError(
            f"{path}: the token can't be read ({error.strerror}); make one with "
            f"`tidegate token new exporter {scopes}`, keep it in a file, and name that with --token-file"
        ) from error


def _write(path: Path, document: dict[str, Any]) -> None:
    """Written beside and put in place: a file that is there is whole, and nobody else may read it."""
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.unlink(missing_ok=True)
        beside.touch(0o600, exist_ok=False)
        beside.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise ending(f"{path} can't be written ({error.strerror})", WRONG_USE) from error
