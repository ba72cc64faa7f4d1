"""The rpcs of PolicyService about frequency rules."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import frequency
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import FrequencyRule


class FrequencyMethods:
    """Mixed into the policies' servicer, which sets ``rules``."""

    rules: Desk[FrequencyRule]

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
