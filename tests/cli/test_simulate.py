"""`tidegate simulate`: endpoints as a process of their own."""

import json
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib import import_module

import pytest
from support.callbacks import callbacks
from support.command import environment, start, tidegate
from support.signed_calls import call_tencent
from tidegate_simulators import registry

WRONG_USE = 2


@contextmanager
def simulating(*arguments: str) -> "Iterator[subprocess.Popen[str]]":
    pipe = subprocess.PIPE
    with start("simulate", *arguments, env=environment(), stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: "subprocess.Popen[str]", count: int) -> list[dict[str, object]]:
    assert process.stdout is not None
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def test_one_line_for_each_endpoint_and_what_it_took_at_the_end() -> None:
    with simulating("mail") as process:
        (told,) = lines(process, 1)
        settings = told["settings"]
        assert isinstance(settings, dict)
        assert told["name"] == "mail"
        assert told["url"] == f"smtp://{settings['host']}:{settings['port']}"
        with smtplib.SMTP(settings["host"], settings["port"]) as relay:
            relay.sendmail("news@sender.example", ["ann@example.com"], "Subject: hello\r\n\r\nhello\r\n")
        process.send_signal(signal.SIGTERM)
        assert lines(process, 1) == [{"name": "mail", "taken": 1}]
        assert process.wait() == 0


def test_receipts_go_where_the_command_says() -> None:
    """A process, its settings as it prints them, and a call signed with them."""
    with ExitStack() as running:
        platform = running.enter_context(callbacks('{"result":0,"errmsg":"OK"}'))
        process = running.enter_context(simulating("tencent", "aliyun", "--callback", f"tencent={platform.url}"))
        tencent, aliyun = lines(process, 2)
        assert (tencent["name"], aliyun["name"]) == ("tencent", "aliyun")
        settings = tencent["settings"]
        assert isinstance(settings, dict)
        code = {"TemplateId": "1000001", "TemplateParamSet": ["4370"], "SignName": settings["sign_name"]}
        body = {**code, "PhoneNumberSet": ["+8613900000001"], "SmsSdkAppId": settings["sdk_app_id"]}
        _, answer = call_tencent(str(tencent["url"]), settings, json.dumps(body).encode(), now=datetime.now(UTC))
        platform.wait_for(1)
        process.send_signal(signal.SIGTERM)
        assert lines(process, 2) == [{"name": "tencent", "taken": 1}, {"name": "aliyun", "taken": 0}]
    assert platform.posts[0][0]["sid"] == answer["SendStatusSet"][0]["SerialNo"]


def test_what_can_not_be_simulated_is_told() -> None:
    stranger = tidegate("simulate", "pigeon")
    assert stranger.returncode == WRONG_USE
    assert "there is no simulator 'pigeon'; there are" in stranger.stderr
    nowhere = tidegate("simulate", "mail", "--callback", "mail")
    assert nowhere.returncode == WRONG_USE
    assert "write it as NAME=URL" in nowhere.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = tidegate("simulate", "mail", "--port", str(taken.getsockname()[1]))
    assert refused.returncode == 1
    assert "can't listen" in refused.stderr


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = [name for name in sys.modules if not name.startswith(("aiosmtpd", "tidegate_simulators.mail"))]
    for name in set(sys.modules) - set(kept):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiosmtpd", None)
    with pytest.raises(registry.MissingExtra, match=r"needs aiosmtpd.*pip install 'tidegate\[simulators\]'"):
        registry.make("mail")


@pytest.mark.parametrize("name", registry.SIMULATORS)
def test_every_simulator_of_the_registry_can_be_made(name: str) -> None:
    module, _, kind = registry.SIMULATORS[name].partition(":")
    assert hasattr(import_module(module), kind)
    simulator = registry.make(name)
    simulator.start()
    try:
        assert simulator.url.partition("://")[2]
        assert simulator.settings
        assert simulator.taken == 0
    finally:
        simulator.stop()
