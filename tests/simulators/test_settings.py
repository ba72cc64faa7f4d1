"""The settings that `tidegate simulate` prints are those of the channels that send through the simulators."""

import pytest
from tidegate.channels.registry import Registry
from tidegate.channels.settings import read_settings
from tidegate_simulators.registry import SIMULATORS, make

CHANNELS = {
    "aliyun": "sms.aliyun",
    "mail": "email",
    "tencent": "sms.tencent",
    "wechat": "wechat",
    "wecom": "wecom",
}
"""The channel of each simulator, or what the names of its channels begin with."""


@pytest.mark.parametrize("name", SIMULATORS)
def test_an_account_takes_them_as_they_are_printed(name: str) -> None:
    beginning = CHANNELS[name]
    channels = [channel for adapter in Registry.load({}).adapters for channel in adapter.channels]
    named = [one for one in channels if one.manifest.name == beginning or one.manifest.name.startswith(f"{beginning}.")]
    if not named:
        pytest.skip(f"no channel {beginning} is installed")
    simulator = make(name)
    simulator.start()
    try:
        settings = dict(simulator.settings)
    finally:
        simulator.stop()
    for channel in named:
        assert read_settings(channel.settings_type, settings, secrets=lambda text: text)
