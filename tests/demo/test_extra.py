"""Without the simulators' library the demo says what to install."""

import sys

import pytest
import typer
from tidegate.cli.demo import played


def test_without_the_extra_the_demo_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tidegate.runtime.log.configure", lambda *_: None)
    for name in list(sys.modules):
        if name.startswith(("aiosmtpd", "tidegate_simulators.mail", "tidegate.demo.outside", "tidegate.demo.play")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiosmtpd", None)
    with pytest.raises(typer.Exit) as ended:
        played(100, 1, None, (), None)
    assert ended.value.exit_code == 2
    assert "the demo needs aiosmtpd: install it with `pip install 'tidegate[simulators]'`" in capsys.readouterr().err
