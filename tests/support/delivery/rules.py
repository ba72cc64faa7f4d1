"""Frequency rules on the wire, made and refused."""

from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from tidegate.api.common.v1 import common_pb2
from tidegate.api.delivery.v1 import frequency_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceStub

from support.status import failure


def rolling(rule_id: str, days: float = 1, **more: Any) -> frequency_pb2.FrequencyRule:
    window = frequency_pb2.RollingWindow(duration=Duration(seconds=int(days * 86_400)))
    rule: dict[str, Any] = {"window": frequency_pb2.RuleWindow(rolling=window), "max": 1, **more}
    return frequency_pb2.FrequencyRule(rule_id=rule_id, **rule)


def dated(rule_id: str, start: str | Timestamp, end: str, **more: Any) -> frequency_pb2.FrequencyRule:
    interval = common_pb2.Interval(start=at(start), end=at(end))
    window = frequency_pb2.RuleWindow(dated=frequency_pb2.DatedWindow(interval=interval))
    return frequency_pb2.FrequencyRule(**{"rule_id": rule_id, "window": window, "max": 2, **more})


def at(text: str | Timestamp) -> Timestamp:
    if isinstance(text, Timestamp):
        return text
    stamp = Timestamp()
    stamp.FromJsonString(text if "T" in text else f"{text}T00:00:00Z")
    return stamp


def create(policies: PolicyServiceStub, rule: frequency_pb2.FrequencyRule) -> frequency_pb2.FrequencyRule:
    return policies.CreateFrequencyRule(pb.CreateFrequencyRuleRequest(frequency_rule=rule)).frequency_rule


def refusal(policies: PolicyServiceStub, rule: frequency_pb2.FrequencyRule) -> dict[str, str]:
    failed = failure(lambda: create(policies, rule))
    assert failed.code is grpc.StatusCode.INVALID_ARGUMENT
    return failed.violations
