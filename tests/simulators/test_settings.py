"""The settings that `tidegate simulate` prints are those of the channels that send through the simulators."""

import pytest
from tidegate.channels.registry import Registry
from tidegate.channels.settings import read_settings
from tidegate_simulators.registry import SIMULATORS, make

CHANNELS = {
    "aliyun": ["sms.aliyun"],
    "apns": ["push.apns"],
    "fcm": ["push.fcm"],
    "mail": ["email"],
    "tencent": ["sms.tencent"],
    "webhook": ["webhook"],
    "wechat": ["wechat.subscription", "wechat.template", "wechat.service"],
    "wecom": ["wecom", "wecom.staff", "wecom.welcome"],
}
"""The channels whose accounts send through each simulator."""
ONLY = {"agentid": "wecom.staff"}
"""Settings that one of the channels has alone."""


@pytest.mark.parametrize("name", SIMULATORS)
def test_an_account_takes_them_as_they_are_printed(name: str) -> None:
    registry = Registry.load()
    simulator = make(name)
    simulator.start()
    try:
        settings = dict(simulator.settings)
    finally:
        simulator.stop()
    for channel in CHANNELS[name]:
        given = {key: value for key, value in settings.items() if ONLY.get(key, channel) == channel}
        assert read_settings(registry.channel(channel).settings_type, given, secrets=str)
