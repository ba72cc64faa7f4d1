"""The rpcs of PolicyService about frequency rules."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import frequency
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import FrequencyRule
from tidegate.delivery.policy.writing import Given, Writing
from tidegate.runtime.errors import InvalidArgument

_MOST = 1_000


class FrequencyMethods:
    """Mixed into the policies' servicer, which sets ``rules`` and ``writing``."""

    rules: Desk[FrequencyRule]
    writing: Writing

    def CreateFrequencyRule(
        self, request: pb.CreateFrequencyRuleRequest, context: grpc.ServicerContext
    ) -> pb.CreateFrequencyRuleResponse:
        kept = self.rules.create(frequency.rule_of(request.frequency_rule))
        return pb.CreateFrequencyRuleResponse(frequency_rule=frequency.rule_message(kept))

    def UpdateFrequencyRule(
        self, request: pb.UpdateFrequencyRuleRequest, context: grpc.ServicerContext
    ) -> pb.UpdateFrequencyRuleResponse:
        wanted, mask = request.frequency_rule, request.update_mask
        kept = self.rules.update(
            wanted.rule_id,
            wanted.etag,
            lambda before: frequency.rule_of(
                masked(frequency.rule_message(before), wanted, mask, fixed=frequency.FIXED)
            ),
        )
        return pb.UpdateFrequencyRuleResponse(frequency_rule=frequency.rule_message(kept))

    def DeleteFrequencyRule(
        self, request: pb.DeleteFrequencyRuleRequest, context: grpc.ServicerContext
    ) -> pb.DeleteFrequencyRuleResponse:
        self.rules.delete(request.rule_id, request.etag)
        return pb.DeleteFrequencyRuleResponse()

    def WriteFrequencyRules(
        self, request: pb.WriteFrequencyRulesRequest, context: grpc.ServicerContext
    ) -> pb.WriteFrequencyRulesResponse:
        for name in ("frequency_rules", "delete_rule_ids"):
            if len(getattr(request, name)) > _MOST:
                raise InvalidArgument.at(name, f"may hold {_MOST} items")
        rules = frequency.rules_of(request.frequency_rules, "frequency_rules")
        gone = list(dict.fromkeys(request.delete_rule_ids))
        both = {rule.rule_id for rule in rules}.intersection(gone)
        if both:
            raise InvalidArgument.at("delete_rule_ids", f"names {min(both)}, which is to be written; choose one")
        given = [Given(rule, message.etag) for rule, message in zip(rules, request.frequency_rules, strict=True)]
        written = self.writing.write(given, gone)
        listed = [frequency.rule_message(kept) for kept in written.rules]
        return pb.WriteFrequencyRulesResponse(frequency_rules=listed, policy_version=written.version)

    def GetFrequencyRule(
        self, request: pb.GetFrequencyRuleRequest, context: grpc.ServicerContext
    ) -> pb.GetFrequencyRuleResponse:
        kept = self.rules.get(request.rule_id)
        return pb.GetFrequencyRuleResponse(frequency_rule=frequency.rule_message(kept))

    def ListFrequencyRules(
        self, request: pb.ListFrequencyRulesRequest, context: grpc.ServicerContext
    ) -> pb.ListFrequencyRulesResponse:
        size = page_size(request.page_size)
        found = self.rules.page(after=page_key(request.page_token), limit=size + 1, campaign_id=request.campaign_id)
        page, token = page_of(found, size, lambda kept: kept.policy.rule_id)
        rules = [frequency.rule_message(kept) for kept in page]
        return pb.ListFrequencyRulesResponse(frequency_rules=rules, next_page_token=token)
