"""`tidegate channels send`: one message through the running delivery, and what became of it."""

import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Annotated, cast

import grpc
import typer
from google.protobuf.json_format import MessageToDict

from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.delivery.v1 import channels_pb2, messages_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.api.identity.v1 import customers_pb2
from tidegate.api.identity.v1.identity_service_pb2_grpc import IdentityServiceStub
from tidegate.channels.kinds import WEBHOOK, WECOM_ROBOT, WECOM_STAFF, kind_named
from tidegate.cli.channels.asking import TokenFile, reaching
from tidegate.cli.messages import WRONG_USE, ending
from tidegate.cli.options import ConfigFile
from tidegate.runtime.config import Settings, load
from tidegate.runtime.ids import new_id

NOT_SENT = 1
_SOURCE = "tidegate channels send"
_SCOPES = "--scope delivery.* --scope identity.write"
_OF_STAFF = WECOM_STAFF.name
_OF_GROUPS = (WECOM_ROBOT.name, WEBHOOK.name)
_IDENTIFIER = re.compile(r"([a-z][a-z0-9_.:-]*)=(.+)", re.DOTALL)
_LOOK_EVERY = 0.1

_WENT = {
    messages_pb2.MESSAGE_STATE_SENT,
    messages_pb2.MESSAGE_STATE_DELIVERED,
    messages_pb2.MESSAGE_STATE_OPENED,
    messages_pb2.MESSAGE_STATE_CLICKED,
}
_ENDED = _WENT | {
    messages_pb2.MESSAGE_STATE_UNCERTAIN,
    messages_pb2.MESSAGE_STATE_BOUNCED,
    messages_pb2.MESSAGE_STATE_DROPPED,
    messages_pb2.MESSAGE_STATE_FAILED,
}


class As(StrEnum):
    """What the message is to the customer."""

    TRANSACTIONAL = "transactional"
    VERIFICATION = "verification"
    SERVICE_REPLY = "service_reply"
    MARKETING = "marketing"

    @property
    def message_class(self) -> messages_pb2.MessageClass:
        """The same in the contract."""
        value = messages_pb2.MessageClass.Value(f"MESSAGE_CLASS_{self.upper()}")
        return cast("messages_pb2.MessageClass", value)


def send(
    account: Annotated[str, typer.Option("--account", help="The account whose channel it takes.")],
    to: Annotated[str, typer.Option("--to", help="An address as the account's channel has them, or NAMESPACE=VALUE.")],
    template: Annotated[str | None, typer.Option("--template", help="The template to send.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="A text to send instead.")] = None,
    subject: Annotated[
        str, typer.Option("--subject", help="What goes above the text, where there is such a place.")
    ] = "",
    variables: Annotated[
        list[str] | None,
        typer.Option(
            "--variable", help="The template's: NAME=TEXT, or NAME:=JSON for a number or a truth. Repeatable."
        ),
    ] = None,
    as_: Annotated[As, typer.Option("--as", help="What it is to the customer.")] = As.TRANSACTIONAL,
    new_customer: Annotated[
        bool, typer.Option("--new-customer", help="Makes a customer of the address first, where nobody has it.")
    ] = False,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for what becomes of it.", min=0)] = 30.0,
    token_file: TokenFile = None,
    config: ConfigFile = None,
) -> None:
    """Sends one message through the running delivery: through its gate, as any other.

    Another account of the same channel may take it; the answer says which one did. Ends with status 1 when the message
    was not sent, or not yet, 3 when a service could not be asked or refuses.
    """
    if (template is None) == (text is None):
        raise ending("give either --template or --text", WRONG_USE)
    settings = load(config)
    given = _variables(variables or ())
    with reaching(settings, "delivery", token_file, _SCOPES) as channel:
        delivery = DeliveryServiceStub(channel)
        through = delivery.GetAccount(pb.GetAccountRequest(account_id=account)).account
        recipient = _recipient(delivery, through, to)
        if new_customer and recipient.HasField("identifier"):
            _make_customer(settings, recipient.identifier, token_file)
        if template is None:
            template = _template_of_text(delivery, through.channel)
            given |= {"text": Value(string_value=text), "subject": Value(string_value=subject)}
        message = messages_pb2.OutgoingMessage(
            idempotency_key=f"channels-send/{new_id()}",
            recipient=recipient,
            channels=[through.channel],
            template_id=template,
            variables=given,
            message_class=as_.message_class,
            brand=through.brands[0] if through.brands else "",
        )
        state = _tell(delivery, _accepted(delivery, message), wait)
    if state not in _WENT:
        raise typer.Exit(NOT_SENT)


def _variables(given: Sequence[str]) -> dict[str, Value]:
    return dict(map(_variable, given))


def _variable(text: str) -> tuple[str, Value]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ending(f"--variable {text!r}: write it as NAME=TEXT or NAME:=JSON", WRONG_USE)
    if not name.endswith(":"):
        return name, Value(string_value=value)
    try:
        read = json.loads(value)
    except ValueError:
        read = None
    match read:
        case bool():
            return name[:-1], Value(bool_value=read)
        case int():
            return name[:-1], Value(int_value=read)
        case float():
            return name[:-1], Value(double_value=read)
    raise ending(f"--variable {text!r}: what stands after := must be a number, true or false", WRONG_USE)


def _recipient(delivery: DeliveryServiceStub, account: channels_pb2.Account, to: str) -> messages_pb2.Recipient:
    if account.channel == _OF_STAFF:
        return messages_pb2.Recipient(staff_id=to)
    if account.channel in _OF_GROUPS:
        return messages_pb2.Recipient(group_id=to)
    named = _IDENTIFIER.fullmatch(to)
    namespace, value = named.groups() if named else (_namespace(delivery, account), to)
    return messages_pb2.Recipient(identifier=Identifier(namespace=namespace, value=value))


def _namespace(delivery: DeliveryServiceStub, account: channels_pb2.Account) -> str:
    """The namespace of the account's addresses, with its settings filled in."""
    installed = delivery.ListChannels(pb.ListChannelsRequest()).channels
    kinds = (kind for one in installed if one.adapter == account.adapter for kind in one.channels)
    told = (kind.address_namespace for kind in kinds if kind.channel == account.channel)
    namespace = next(told, kind_named(account.channel).namespace)
    settings: Mapping[str, object] = MessageToDict(account.settings)
    missing = [name for _, name, _, _ in Formatter().parse(namespace) if name and name not in settings]
    if missing:
        raise ending(f"addresses are identifiers of {namespace}: write --to NAMESPACE=VALUE", WRONG_USE)
    return namespace.format_map(settings)


def _make_customer(settings: Settings, identifier: Identifier, token_file: Path | None) -> None:
    upsert = customers_pb2.CustomerUpsert(identifiers=[identifier], source=_SOURCE)
    with reaching(settings, "identity", token_file, _SCOPES) as channel:
        request = customers_pb2.UpsertCustomersRequest(customers=[upsert])
        (result,) = IdentityServiceStub(channel).UpsertCustomers(request).results
    if result.HasField("error"):
        raise ending(f"identity: {result.error.message}", NOT_SENT)


def _template_of_text(delivery: DeliveryServiceStub, channel: str) -> str:
    """A template that says what it is given, made once for each channel."""
    empty = Value(string_value="")
    template = templates_pb2.Template(
        template_id=f"try.{channel}"[:63],
        display_name=f"What `{_SOURCE} --text` is given",
        contents=[
            templates_pb2.TemplateContent(channel=channel, parts={"subject": "{{ subject }}", "text": "{{ text }}"})
        ],
        variables=[
            templates_pb2.TemplateVariable(name="text"),
            templates_pb2.TemplateVariable(name="subject", default_value=empty),
        ],
    )
    try:
        delivery.CreateTemplate(pb.CreateTemplateRequest(template=template))
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.ALREADY_EXISTS:
            raise
    return template.template_id


def _accepted(delivery: DeliveryServiceStub, message: messages_pb2.OutgoingMessage) -> str:
    (result,) = delivery.Send(pb.SendRequest(messages=[message])).results
    if result.HasField("error"):
        violations = [f"{one.field} {one.description}" for one in result.error.field_violations]
        hint = ["--new-customer makes one"] if result.error.code == grpc.StatusCode.NOT_FOUND.value[0] else []
        raise ending("; ".join([result.error.message, *violations, *hint]), NOT_SENT)
    return result.accepted.message_id


def _tell(delivery: DeliveryServiceStub, message_id: str, wait: float) -> messages_pb2.MessageState:
    """Waits for the message's end and says what became of it."""
    until = time.monotonic() + wait
    while True:
        message = delivery.GetMessage(pb.GetMessageRequest(message_id=message_id)).message
        if message.state in _ENDED or time.monotonic() >= until:
            break
        time.sleep(_LOOK_EVERY)
    story = delivery.ExplainMessage(pb.ExplainMessageRequest(message_id=message_id))
    state = messages_pb2.MessageState.Name(story.message.state).removeprefix("MESSAGE_STATE_").lower()
    lines = [f"message {message_id}: {state}", story.summary, *map(_call, story.message.attempts)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return story.message.state


def _call(attempt: messages_pb2.Attempt) -> str:
    outcome = messages_pb2.Outcome.Name(attempt.outcome).removeprefix("OUTCOME_").lower()
    facts = (attempt.provider_code, attempt.provider_message_id, attempt.detail)
    return ", ".join([f"call {attempt.number} through {attempt.account_id}: {outcome}", *filter(None, facts)])
