"""Aliyun's SMS service (dysmsapi 2017-05-25), simulated."""

from tidegate_simulators.aliyun.account import KEY, LIMITS, SIGN, TEMPLATES, Limits, Registered
from tidegate_simulators.aliyun.signing import AccessKey
from tidegate_simulators.aliyun.simulator import AliyunSimulator

__all__ = ["KEY", "LIMITS", "SIGN", "TEMPLATES", "AccessKey", "AliyunSimulator", "Limits", "Registered"]
