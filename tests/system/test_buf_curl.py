"""buf curl knows the services by reflection alone: a list of them, one Send, one error."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from support.processes import Deployment, deployed
from tidegate.api.common.v1.common_pb2 import Identifier
from tidegate.api.delivery.v1 import delivery_service_pb2 as delivery
from tidegate.api.delivery.v1.channels_pb2 import Account
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.delivery.v1.templates_pb2 import Template, TemplateContent
from tidegate.api.identity.v1.customers_pb2 import CustomerUpsert, UpsertCustomersRequest
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub

BUF = Path(__file__).resolve().parents[2] / "build" / "node" / "node_modules" / ".bin" / "buf"
SEND = "tidegate.api.delivery.v1.DeliveryService/Send"
GET_MESSAGE = "tidegate.api.delivery.v1.DeliveryService/GetMessage"
pytestmark = pytest.mark.skipif(not BUF.exists(), reason="buf is not here; `make buf` installs it")


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with deployed([["identity", "delivery"]]) as running:
        stub = running.stub("delivery", DeliveryServiceStub)
        stub.CreateAccount(
            delivery.CreateAccountRequest(account=Account(account_id="screen", channel="email", adapter="console"))
        )
        content = TemplateContent(channel="email", parts={"subject": "Hello", "text": "Hello"})
        template = Template(template_id="hello", contents=[content])
        stub.CreateTemplate(delivery.CreateTemplateRequest(template=template))
        yield running


def curl(deployment: Deployment, *arguments: str, service: str = "delivery") -> subprocess.CompletedProcess[str]:
    *options, path = arguments
    token = f"Authorization: Bearer {deployment.credentials.token}"
    return subprocess.run(
        [
            *(str(BUF), "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--header", token),
            *(*options, f"http://{deployment.addresses[service]}/{path}".rstrip("/")),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("service", ["identity", "delivery"])
def test_the_services_are_listed(deployment: Deployment, service: str) -> None:
    done = curl(deployment, "--list-services", "", service=service)
    assert done.returncode == 0, done.stderr
    assert f"tidegate.api.{service}.v1.{service.title()}Service" in done.stdout.split()


def test_a_message_is_sent(deployment: Deployment) -> None:
    upsert = CustomerUpsert(identifiers=[Identifier(namespace="email", value="someone@example.com")], source="test")
    answer = deployment.stub("identity", IdentityServiceStub).UpsertCustomers(
        UpsertCustomersRequest(customers=[upsert])
    )
    message = {
        "idempotencyKey": "curl-1",
        "recipient": {"customerId": answer.results[0].customer_id},
        "channels": ["email"],
        "templateId": "hello",
        "messageClass": "MESSAGE_CLASS_TRANSACTIONAL",
    }
    done = curl(deployment, "--data", json.dumps({"messages": [message]}), SEND)
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["results"]
    assert result["accepted"]["messageId"]
    assert result["accepted"]["state"] == "MESSAGE_STATE_ACCEPTED"


def test_an_error_carries_its_reason(deployment: Deployment) -> None:
    done = curl(deployment, "--data", '{"messageId": "no-such-message"}', GET_MESSAGE)
    assert done.returncode != 0
    error = json.loads(done.stderr)
    assert error["code"] == "not_found"
    (info,) = [each for each in error["details"] if each["type"] == "google.rpc.ErrorInfo"]
    detail = ErrorInfo.FromString(base64.b64decode(info["value"] + "=="))
    assert (detail.reason, detail.domain) == ("MESSAGE_NOT_FOUND", "tidegate")
    assert dict(detail.metadata) == {"kind": "message", "id": "no-such-message"}
