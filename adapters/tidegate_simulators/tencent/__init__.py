"""Tencent Cloud's SMS service (2021-01-11), simulated."""

from tidegate_simulators.tencent.account import KEY, LIMITS, SDK_APP_ID, SIGN, TEMPLATES, Limits, Registered
from tidegate_simulators.tencent.signing import SecretKey
from tidegate_simulators.tencent.simulator import TencentSimulator

__all__ = ["KEY", "LIMITS", "SDK_APP_ID", "SIGN", "TEMPLATES", "Limits", "Registered", "SecretKey", "TencentSimulator"]
