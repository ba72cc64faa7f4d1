"""`tidegate channels check`: whether channels are as they say, and whether an account can send."""

import asyncio
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Any

import typer

from tidegate.api.delivery.v1 import delivery_service_pb2, messages_pb2
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.channels import Account, AnyChannel, Channel, OutcomeKind, Receipts, SettingsError, read_settings
from tidegate.channels.registry import Adapter, Registry
from tidegate.channels.settings import describe_settings
from tidegate.cli.channels.asking import TokenFile, reaching
from tidegate.cli.messages import WRONG_USE, ending
from tidegate.cli.options import ConfigFile
from tidegate.runtime.config import Settings, load

WRONG = 1
_SECONDS = 330.0
_SCOPE = "--scope delivery.admin"

_CALLED = (
    ("query", Receipts.POLL),
    ("collect", Receipts.COLLECT),
    ("follow_up", Receipts.FOLLOW_UP),
    ("answer", Receipts.PUSH),
    ("read", Receipts.PUSH),
)
"""What a channel has, and by what its manifest has it called; callbacks may come that bring no receipts."""


def check(
    name: Annotated[str | None, typer.Argument(help="A channel or an adapter; all, when none is named.")] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Has the running delivery test this account of its.")
    ] = None,
    settings_file: Annotated[
        Path | None,
        typer.Option("--settings", help="Settings of an account, TOML or JSON: tests it here. Names one channel."),
    ] = None,
    token_file: TokenFile = None,
    config: ConfigFile = None,
) -> None:
    """Looks at adapters, their manifests and settings, and tests an account without sending anything.

    Secrets that a file of settings names are those of the configuration (`[secrets]`). Ends with status 1 when
    something is wrong.
    """
    settings = load(config)
    adapters = _chosen(Registry.load(settings.channels).adapters, name)
    wrong = [_told(adapter) for adapter in adapters]
    if settings_file is not None:
        wrong.append(_tested(settings, _only(adapters, name), settings_file))
    if account is not None:
        wrong.append(_tested_by_delivery(settings, account, token_file))
    if any(wrong):
        raise typer.Exit(WRONG)


def problems(channel: AnyChannel) -> Iterator[str]:
    """What is wrong with a channel as it describes itself, with what to do."""
    manifest = channel.manifest
    if not manifest.title:
        yield "its manifest has no title; say in a line what it is"
    fields = describe_settings(channel.settings_type)
    yield from (f"setting {field.name} has no description" for field in fields if not field.description)
    known = {field.name for field in fields}
    for kind in manifest.kinds:
        for missing in sorted(_placeholders(kind.namespace) - known):
            yield f"kind {kind.name}: its namespace names {{{missing}}}, and there is no such setting"
    for method, receipts in _CALLED:
        if receipts in manifest.receipts and not _has(channel, method):
            yield f"its manifest says Receipts.{receipts.name}, and it has no {method}()"
        if receipts not in manifest.receipts | Receipts.PUSH and _has(channel, method):
            yield f"it has {method}(), which nobody calls: its manifest does not say Receipts.{receipts.name}"
    if manifest.staff_confirmed and not _has(channel, "withdraw"):
        yield "its manifest says staff_confirmed, and it has no withdraw()"


def _placeholders(namespace: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(namespace) if name}


def _has(channel: AnyChannel, method: str) -> bool:
    return getattr(type(channel), method) is not getattr(Channel, method)


def _chosen(adapters: tuple[Adapter, ...], name: str | None) -> list[Adapter]:
    found = [one for one in adapters if name in (None, one.name) or name in _names(one)]
    if not found:
        known = ", ".join(sorted(name for one in adapters for name in _names(one))) or "none"
        raise ending(f"there is no channel and no adapter {name!r}; installed are {known}", WRONG_USE)
    return found


def _names(adapter: Adapter) -> list[str]:
    return [channel.manifest.name for channel in adapter.channels]


def _only(adapters: list[Adapter], name: str | None) -> AnyChannel:
    channels = [channel for adapter in adapters for channel in adapter.channels]
    named = [channel for channel in channels if channel.manifest.name == name] or channels
    if len(named) != 1:
        raise ending("--settings are of one channel; name it", WRONG_USE)
    return named[0]


def _told(adapter: Adapter) -> bool:
    """Says what was found; whether something is wrong."""
    found = {channel.manifest.name: list(problems(channel)) for channel in adapter.channels}
    if adapter.error:
        found[adapter.name] = [adapter.error]
    for name, wrong in found.items():
        _say(name, wrong)
    return any(found.values())


def _say(subject: str, wrong: list[str], well: str = "") -> None:
    sys.stdout.write(f"{'!!' if wrong else 'ok'}  {subject}{f': {well}' if well and not wrong else ''}\n")
    for one in wrong:
        sys.stdout.write(f"      {one}\n")


def _tested(settings: Settings, channel: AnyChannel, path: Path) -> bool:
    values = _read(path)
    try:
        made = read_settings(
            channel.settings_type, values, secrets=lambda name: settings.secrets[name].get_secret_value()
        )
    except SettingsError as error:
        _say(f"{path}", [f"{problem.field}: {problem.description}" for problem in error.problems])
        return True
    kinds = channel.manifest.kinds
    account = Account("check", kinds[0].name if kinds else channel.manifest.name, made)
    outcome = asyncio.run(_test(channel, account))
    said = _joined(outcome.kind, outcome.provider_code, outcome.detail)
    works = outcome.kind is OutcomeKind.ACCEPTED
    _say(f"an account of {channel.manifest.name}", [] if works else [said], said)
    return not works


def _joined(*facts: str) -> str:
    return ", ".join(filter(None, facts))


async def _test(channel: AnyChannel, account: Account[Any]) -> Any:
    try:
        return await channel.test(account)
    finally:
        await channel.close()


def _read(path: Path) -> Mapping[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise ending(f"{path} can't be read: {error}", WRONG_USE) from error
    if not isinstance(values, dict):
        raise ending(f"{path} must hold a table of settings", WRONG_USE)
    return values


def _tested_by_delivery(settings: Settings, account_id: str, token_file: Path | None) -> bool:
    with reaching(settings, "delivery", token_file, _SCOPE) as channel:
        request = delivery_service_pb2.TestAccountRequest(account_id=account_id)
        answer = DeliveryServiceStub(channel).TestAccount(request, timeout=_SECONDS)
    kind = messages_pb2.Outcome.Name(answer.outcome).removeprefix("OUTCOME_").lower()
    said = _joined(kind, answer.provider_code, answer.detail)
    works = kind == OutcomeKind.ACCEPTED
    _say(f"account {account_id}", [] if works else [said], said)
    return not works
