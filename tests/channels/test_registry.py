"""Adapters are found through entry points; a broken one is reported and harms no other."""

import sys
import textwrap
from collections.abc import Callable
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest
from tidegate.channels import Registry, UnknownChannel
from tidegate.channels.spec import GROUP

Install = Callable[[str, str], Registry]

HEAD = """
from dataclasses import dataclass
from tidegate.channels import Channel, Kind, Manifest, Outcome, hookimpl

@dataclass(frozen=True)
class NoSettings:
    pass

class Pigeon(Channel[NoSettings]):
    settings_type = NoSettings
    def __init__(self, name="pigeon", kind="pigeon"):
        self.manifest = Manifest(name=name, kinds=(Kind(kind, kind),), title="Pigeons")
    async def send(self, account, batch):
        return [Outcome.accepted() for _ in batch]
"""

GOOD = """
@hookimpl
def tidegate_channels(settings):
    return [Pigeon(settings.get("name", "pigeon"))]
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Registry]:
    """Installs distributions of one module each and loads the registry with them and ours."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(settings: dict[str, dict[str, object]] | None = None, /, **sources: str) -> Registry:
        for name, source in sources.items():
            write_distribution(tmp_path, name, source)
            monkeypatch.delitem(sys.modules, f"pigeons_{name}", raising=False)
        found = distributions(path=[str(tmp_path)])
        points = [point for found_one in found for point in found_one.entry_points if point.group == GROUP]
        return Registry.from_entry_points(points, settings or {})

    return install


def write_distribution(folder: Path, name: str, source: str) -> None:
    (folder / f"pigeons_{name}.py").write_text(HEAD + textwrap.dedent(source))
    facts = folder / f"tidegate_{name}-1.2.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tidegate-{name}\nVersion: 1.2\n")
    (facts / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = pigeons_{name}\n")


def test_ours_are_found() -> None:
    registry = Registry.load()
    ours = {adapter.name: adapter.error for adapter in registry.adapters if adapter.distribution == "tidegate"}
    assert {"console", "email", "wechat", "wecom"} <= ours.keys()
    assert not any(ours.values())
    channels = "email", "wechat.subscription", "wechat.template", "wechat.service", "wecom", "wecom.welcome"
    for name in channels:
        serving = {channel.manifest.name for channel in registry.serving(name)}
        assert serving == {name} | {"console", "webhook"}


def test_an_installed_adapter_is_found_with_its_distribution(installed: Callable[..., Registry]) -> None:
    registry = installed(loft=GOOD)
    (adapter,) = registry.adapters
    assert (adapter.name, adapter.distribution, adapter.version) == ("loft", "tidegate-loft", "1.2")
    assert registry.channel("pigeon") is adapter.channels[0]
    with pytest.raises(UnknownChannel, match="there is no channel 'owl'; installed are pigeon"):
        registry.channel("owl")


def test_the_hook_gets_what_is_configured_for_its_entry_point(installed: Callable[..., Registry]) -> None:
    registry = installed({"loft": {"name": "dove"}, "other": {"name": "owl"}}, loft=GOOD)
    assert list(registry.channels) == ["dove"]


def test_the_table_of_codes_is_kept_for_the_adapter_which_does_not_see_it(installed: Callable[..., Registry]) -> None:
    codes = {"99": {"outcome": "invalid_recipient"}}
    source = GOOD.replace('settings.get("name", "pigeon")', '"pigeon" + "-".join(settings)')
    registry = installed({"loft": {"codes": codes}, "nest": {"codes": {"99": "gone"}}}, loft=source, nest=GOOD)
    assert registry.adapter("pigeon").codes.meanings["99"].kind == "invalid_recipient"
    (nest,) = [adapter for adapter in registry.adapters if adapter.name == "nest"]
    assert "its settings are wrong: ValueError: codes.99 must be a table such as" in nest.error


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "import no_such_module",
            "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("def tidegate_channels(settings): return []", "has no tidegate_channels marked with"),
        ("@hookimpl\ndef tidegate_chanels(settings): return []", "a hook that does not exist"),
        ("@hookimpl\nasync def tidegate_channels(settings): return []", "is `async def`; make it a plain"),
        ("@hookimpl\ndef tidegate_channels(wrong): return []", "PluginValidationError"),
        ("@hookimpl\ndef tidegate_channels(settings): return 1 / 0", "its hook failed: ZeroDivisionError"),
        ("@hookimpl\ndef tidegate_channels(settings): return Pigeon()", "must return a list of channels"),
        ("@hookimpl\ndef tidegate_channels(settings): return []", "must return a list of channels"),
        ("@hookimpl\ndef tidegate_channels(settings): return None", "must return a list of channels"),
        (
            "@hookimpl\ndef tidegate_channels(settings): return ['x']",
            "'x' is not a tidegate.channels.",
        ),
        (
            "@hookimpl\ndef tidegate_channels(settings): return [Pigeon(), Pigeon()]",
            "it brings two channels of one name: pigeon, pigeon",
        ),
        (
            "class Blocking(Pigeon):\n    def send(self, account, batch): return []\n"
            "@hookimpl\ndef tidegate_channels(settings): return [Blocking()]",
            "Blocking.send must be `async def`",
        ),
        (
            "class Bare(Pigeon):\n    def __init__(self): pass\n"
            "@hookimpl\ndef tidegate_channels(settings): return [Bare()]",
            "Bare.manifest is not a tidegate.channels.Manifest",
        ),
        (
            "class Odd(Pigeon):\n    settings_type = dict\n@hookimpl\ndef tidegate_channels(settings): return [Odd()]",
            "the settings of pigeon are wrong: TypeError: dict: settings are declared as a dataclass",
        ),
    ],
)
def test_a_broken_adapter_is_reported_and_the_others_work(
    installed: Callable[..., Registry], source: str, says: str
) -> None:
    registry = installed(broken=source, whole=GOOD)
    errors = {adapter.name: adapter.error for adapter in registry.adapters}
    assert says in errors["broken"]
    assert errors["whole"] == ""
    assert list(registry.channels) == ["pigeon"]


def test_a_name_that_is_taken_stays_with_the_first(installed: Callable[..., Registry]) -> None:
    registry = installed(alpha=GOOD, beta=GOOD)
    alpha, beta = registry.adapters
    assert registry.channel("pigeon") is alpha.channels[0]
    assert beta.channels == ()
    assert beta.error == "channel pigeon is brought by another adapter already; rename it"


def test_nobody_takes_the_name_of_a_channel_in_the_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    thief = "@hookimpl\ndef tidegate_channels(settings): return [Pigeon('email', 'email')]"
    write_distribution(tmp_path, "aaa", thief)
    registry = Registry.load()
    assert type(registry.channel("email")).__module__ == "tidegate_adapters.email.channel"
    assert [adapter.error for adapter in registry.adapters if adapter.name == "aaa"] == [
        "channel email is brought by another adapter already; rename it"
    ]


def test_an_entry_point_without_a_distribution_works_too() -> None:
    point = EntryPoint("console", "tidegate_adapters.console", GROUP)
    (adapter,) = Registry.from_entry_points([point]).adapters
    assert (adapter.distribution, adapter.error) == ("", "")
