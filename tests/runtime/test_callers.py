"""The callers file: hashes, scopes and limits, read again while serving."""

import stat
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from support.patience import at_once
from tidegate.runtime import callers
from tidegate.runtime.callers import Caller, Callers, CallersError


def test_a_new_callers_token_is_stored_as_a_hash_only(tmp_path: Path) -> None:
    path = tmp_path / "conf" / "callers.toml"
    token = callers.append(path, "shop", ["identity.read", "delivery.*"])
    assert token.startswith("tg_")
    assert token not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = Callers(path).find(token)
    assert found == Caller("shop", frozenset({"identity.read", "delivery.*"}))


def test_callers_are_added_to_a_file_written_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "callers.toml"
    first = callers.append(path, "shop", ["*"])
    path.write_text(f"# ours\n{path.read_text()}calls_per_second = 5\nin_flight = 2")
    second = callers.append(path, "crm", ["identity.read"])
    known = Callers(path)
    assert known.find(first) == Caller("shop", frozenset({"*"}), calls_per_second=5, in_flight=2)
    assert known.find(second) == Caller("crm", frozenset({"identity.read"}))
    assert path.read_text().startswith("# ours")


@pytest.mark.parametrize(
    ("name", "scope", "what"),
    [
        ("Shop", "*", "is no name for a caller"),
        ("journey", "*", "is the name of a service"),
        ("shop", "identity.Read", "is no scope"),
        ("shop", "", "is no scope"),
    ],
)
def test_a_malformed_name_or_scope_is_refused(tmp_path: Path, name: str, scope: str, what: str) -> None:
    with pytest.raises(CallersError, match=what):
        callers.append(tmp_path / "callers.toml", name, [scope])
    assert not (tmp_path / "callers.toml").exists()


def test_a_name_is_given_once(tmp_path: Path) -> None:
    callers.append(tmp_path / "callers.toml", "shop", ["*"])
    with pytest.raises(CallersError, match="there is a caller shop already"):
        callers.append(tmp_path / "callers.toml", "shop", ["*"])


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[[callers]", "no valid TOML"),
        ('[[callers]]\nname = "a"\n', "token_sha256"),
        (f'[[callers]]\nname = "a"\ntoken_sha256 = "{"0" * 64}"\nscopes = ["*"]\ntypo = 1\n', "typo"),
        (f'[[callers]]\nname = "a"\ntoken_sha256 = "{"0" * 64}"\nscopes = []\n', "scopes"),
        (f'[[callers]]\nname = "identity"\ntoken_sha256 = "{"0" * 64}"\nscopes = ["*"]\n', "is taken"),
    ],
)
def test_a_broken_file_is_refused_at_start(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "callers.toml"
    path.write_text(text)
    with pytest.raises(CallersError, match=what):
        Callers(path)


def test_a_changed_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_LOOK_AGAIN_SECONDS", 0.0)
    path = tmp_path / "callers.toml"
    token = callers.append(path, "shop", ["identity.read"])
    known = Callers(path)
    path.write_text(path.read_text().replace("identity.read", "identity.write"))
    assert known.find(token) == Caller("shop", frozenset({"identity.write"}))
    path.write_text("")
    assert known.find(token) is None


def test_a_file_that_breaks_leaves_the_callers_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_LOOK_AGAIN_SECONDS", 0.0)
    path = tmp_path / "callers.toml"
    token = callers.append(path, "shop", ["*"])
    whole = path.read_text()
    known = Callers(path)
    with capture_logs() as lines:
        path.write_text("[[callers]")
        assert known.find(token) is not None
        path.unlink()
        assert known.find(token) is not None
    assert [line["event"] for line in lines] == ["callers.unreadable"] * 2
    assert token not in str(lines)
    path.write_text(whole.replace('"*"', '"echo.read"'))
    assert known.find(token) == Caller("shop", frozenset({"echo.read"}))


def test_the_file_is_looked_at_once_a_second_at_most(tmp_path: Path) -> None:
    path = tmp_path / "callers.toml"
    token = callers.append(path, "shop", ["*"])
    known = Callers(path)
    assert known.find(token) is not None
    path.write_text("")
    assert known.find(token) is not None
    deadline = time.monotonic() + 60
    while known.find(token) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nothing_is_nobodys_token(tmp_path: Path) -> None:
    assert Callers(None, peer_token="").find("", service="delivery") is None
    assert Callers(None, fixed={"": Caller("developer", frozenset({"*"}))}).find("") is None
    (tmp_path / "peer.token").write_text("\n")
    with pytest.raises(CallersError, match="is empty"):
        callers.kept_token(tmp_path / "peer.token")


def test_callers_that_are_added_at_once_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "callers.toml"
    tokens = at_once(*(partial(callers.append, path, f"shop{number}", ["*"]) for number in range(12)))
    known = Callers(path)
    assert all(known.find(token) for token in tokens)


def test_a_caller_that_cannot_be_written_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "callers.toml"
    token = callers.append(path, "shop", ["*"])
    whole = path.read_text()
    program = f"""
import pathlib, resource, signal
from tidegate.runtime import callers
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({len(whole)}, {len(whole)}))
try:
    callers.append(pathlib.Path({str(path)!r}), "crm", ["*"])
except callers.CallersError as error:
    print(error)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "can't be written" in told.stdout
    assert path.read_text() == whole
    assert Callers(path).find(token) is not None
    assert not list(tmp_path.glob("*.draft"))


def test_who_may_read_the_file_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "callers.toml"
    callers.append(path, "shop", ["*"])
    path.chmod(0o640)
    linked = tmp_path / "linked.toml"
    linked.symlink_to(path)
    token = callers.append(linked, "crm", ["*"])
    assert linked.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert Callers(path).find(token) is not None


def test_a_file_that_cannot_be_reached_leaves_the_callers_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "_LOOK_AGAIN_SECONDS", 0.0)
    folder = tmp_path / "conf"
    token = callers.append(folder / "callers.toml", "shop", ["*"])
    known = Callers(folder / "callers.toml")
    folder.rename(tmp_path / "gone")
    folder.write_text("no folder")
    with capture_logs() as lines:
        assert known.find(token) is not None
    assert [line["event"] for line in lines] == ["callers.unreadable"]


def test_a_kept_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "developer.token"
    token, made = callers.kept_token(path)
    assert made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert callers.kept_token(path) == (token, False)
    assert [each.name for each in path.parent.iterdir()] == ["developer.token"]


@pytest.mark.parametrize(
    ("scopes", "scope", "may"),
    [
        ({"*"}, "identity.read", True),
        ({"identity.*"}, "identity.read", True),
        ({"identity.read"}, "identity.read", True),
        ({"identity.read"}, "identity.write", False),
        ({"identity.*"}, "delivery.read", False),
        (set(), "identity.read", False),
    ],
)
def test_scopes(scopes: set[str], scope: str, may: bool) -> None:
    assert Caller("shop", frozenset(scopes)).may(scope) is may
