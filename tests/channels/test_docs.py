"""docs/adapters.md tells what is so."""

import asyncio
import inspect
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from tidegate.channels import (
    Account,
    Content,
    Manifest,
    OutboundMessage,
    OutcomeKind,
    Registry,
    Scope,
    SettingType,
    describe_settings,
    read_settings,
)
from tidegate.channels.spec import PROJECT
from tidegate.channels.testing import ALLOWED
from tidegate.cli.channels import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/adapters.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose first heading is this, without back-ticks."""
    rows = PAGE.partition(f"| {heading} |")[2].splitlines()[2:]
    cells = []
    for row in rows:
        if not row.startswith("|"):
            break
        cells.append([cell.strip().replace("`", "") for cell in row.strip("|").split("|")])
    return cells


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_every_outcome_is_told_with_what_follows_from_it() -> None:
    told = {row[0]: row[2] for row in table("outcome")}
    assert told == {kind.value: "yes" if kind.may_retry else "no" for kind in OutcomeKind}


def test_every_fault_is_told_with_what_may_become_of_a_message() -> None:
    told = {row[0]: set(row[1].split(" or ")) for row in table("fault")}
    assert told == {fault.value: set(allowed) for fault, allowed in ALLOWED.items()}


def test_every_field_of_the_manifest_is_told() -> None:
    assert [row[0] for row in table("field")] == [field.name for field in fields(Manifest)]


def test_every_type_of_setting_is_told() -> None:
    assert {row[1] for row in table("type of a field")} == {kind.value for kind in SettingType}


def test_scopes_are_told() -> None:
    assert all(f"`{scope}`" in PAGE for scope in Scope)


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "console",
        "webhook",
        "push.fcm",
        "push.apns",
        "sms.aliyun",
        "sms.tencent",
        "sms.smpp",
        "wechat.subscription",
        "wechat.template",
        "wechat.service",
        "wecom.staff",
        "wecom",
        "wecom.welcome",
        "wecom.robot",
    ],
)
def test_the_settings_of_the_channels_in_the_box_are_told(name: str) -> None:
    box = PAGE.partition("## In the box")[2]
    channel = Registry.load().channel(name)
    assert all(f"`{field.name}`" in box for field in describe_settings(channel.settings_type))


def test_every_channel_in_the_box_is_in_the_table_with_its_kinds_and_addresses() -> None:
    told = {name: (row[1], row[2]) for row in table("channel") for name in row[0].split(", ")}
    box = [one for one in Registry.load().adapters if one.distribution == "tidegate"]
    manifests = [channel.manifest for adapter in box for channel in adapter.channels]
    assert told == {
        one.name: (", ".join(kind.name for kind in one.kinds), ", ".join(kind.namespace for kind in one.kinds))
        if one.kinds
        else ("any", "the kind's")
        for one in manifests
    }


def test_the_extras_that_the_page_names_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = set(re.findall(r"\bextra\s+`(\w+)`", PAGE))
    assert "smpp" in named
    assert named <= set(extras)


def test_the_code_on_the_page_is_an_adapter() -> None:
    space: dict[str, Any] = {"__name__": "tidegate_pigeon"}
    exec(compile(block("python"), "docs/adapters.md", "exec"), space)
    (channel,) = space["tidegate_channels"](settings={})
    settings = read_settings(
        channel.settings_type, {"loft": "roof", "whistle": "w"}, secrets={"w": "tweet"}.__getitem__
    )
    account = Account("a", "pigeon", settings)
    assert channel.address_namespace(account) == "pigeon.ring"
    message = OutboundMessage(message_id="m1", address="r1", content=Content(text="coo"))
    (outcome,) = asyncio.run(channel.send(account, [message]))
    assert outcome.provider_id == "ring-m1"
    assert hasattr(space["tidegate_channels"], f"{PROJECT}_impl"), "it is not marked with @hookimpl"


def test_the_entry_point_on_the_page_is_of_our_group() -> None:
    assert tomllib.loads(block("toml")) == {
        "project": {"entry-points": {"tidegate.channels": {"pigeon": "tidegate_pigeon"}}}
    }


def test_the_commands_on_the_page_are_there() -> None:
    told = {line.split("#")[0].strip() for line in PAGE.splitlines() if line.strip().startswith("tidegate channels")}
    told |= {command.replace("\n", " ") for command in re.findall(r"`(tidegate channels[^`]*)`", PAGE)}
    assert {words[2] for words in map(str.split, told) if len(words) > 2} == {"new", "check", "send"}
    commands = {command.name: command.callback for command in app.registered_commands}
    for words in map(str.split, told):
        if len(words) > 2:
            options = set(re.findall(r"--[a-z-]+", inspect.getsource(commands[words[2]] or print)))
            assert {word for word in words if word.startswith("--")} <= options, words
