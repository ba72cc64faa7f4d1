"""PolicyService on the wire: frequency rules, quiet hours, exemptions and suppressions.

Ownership policies, holds, guardrails, DryRun and SimulateGate are of the contract and not of this version.
"""

from collections.abc import Iterator

import grpc

from tidegate.api.delivery.v1 import policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.api.delivery.v1.policy_service_pb2_grpc import PolicyServiceServicer
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import exemptions, frequency, quiet, suppressions
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import (
    Exemption,
    FrequencyRule,
    QuietRule,
    Scope,
    Suppression,
    SuppressionCause,
)
from tidegate.delivery.policy.suppress import Suppressing
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.edge import current_caller
from tidegate.runtime.errors import InvalidArgument, TidegateError, item_error

_MOST_IMPORTED = 1000


class PolicyServicer(PolicyServiceServicer):
    """Turns calls into operations and what they return into answers."""

    def __init__(
        self,
        clock: Clock,
        *,
        rules: Desk[FrequencyRule],
        quiet_hours: Desk[QuietRule],
        exempt: Desk[Exemption],
        suppressing: Suppressing,
    ) -> None:
        self._clock = clock
        self._rules = rules
        self._quiet = quiet_hours
        self._exempt = exempt
        self._suppressing = suppressing

    # frequency rules

    def CreateFrequencyRule(
        self, request: pb.CreateFrequencyRuleRequest, context: grpc.ServicerContext
    ) -> pb.CreateFrequencyRuleResponse:
        kept = self._rules.create(frequency.rule_of(request.frequency_rule))
        return pb.CreateFrequencyRuleResponse(frequency_rule=frequency.rule_message(kept))

    def UpdateFrequencyRule(
        self, request: pb.UpdateFrequencyRuleRequest, context: grpc.ServicerContext
    ) -> pb.UpdateFrequencyRuleResponse:
        wanted, mask = request.frequency_rule, request.update_mask
        kept = self._rules.update(
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
        self._rules.delete(request.rule_id, request.etag)
        return pb.DeleteFrequencyRuleResponse()

    def GetFrequencyRule(
        self, request: pb.GetFrequencyRuleRequest, context: grpc.ServicerContext
    ) -> pb.GetFrequencyRuleResponse:
        kept = self._rules.get(request.rule_id)
        return pb.GetFrequencyRuleResponse(frequency_rule=frequency.rule_message(kept))

    def ListFrequencyRules(
        self, request: pb.ListFrequencyRulesRequest, context: grpc.ServicerContext
    ) -> pb.ListFrequencyRulesResponse:
        size = page_size(request.page_size)
        facts = {"scope": Scope.CAMPAIGN.value, "scope_id": request.campaign_id} if request.campaign_id else {}
        found = self._rules.page(after=page_key(request.page_token), limit=size + 1, facts=facts)
        page, token = page_of(found, size, lambda kept: kept.policy.rule_id)
        rules = [frequency.rule_message(kept) for kept in page]
        return pb.ListFrequencyRulesResponse(frequency_rules=rules, next_page_token=token)

    # quiet hours

    def CreateQuietHours(
        self, request: pb.CreateQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.CreateQuietHoursResponse:
        kept = self._quiet.create(quiet.quiet_of(request.quiet_hours))
        return pb.CreateQuietHoursResponse(quiet_hours=quiet.quiet_message(kept))

    def UpdateQuietHours(
        self, request: pb.UpdateQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.UpdateQuietHoursResponse:
        wanted, mask = request.quiet_hours, request.update_mask
        kept = self._quiet.update(
            wanted.quiet_hours_id,
            wanted.etag,
            lambda before: quiet.quiet_of(masked(quiet.quiet_message(before), wanted, mask, fixed=quiet.FIXED)),
        )
        return pb.UpdateQuietHoursResponse(quiet_hours=quiet.quiet_message(kept))

    def DeleteQuietHours(
        self, request: pb.DeleteQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.DeleteQuietHoursResponse:
        self._quiet.delete(request.quiet_hours_id, request.etag)
        return pb.DeleteQuietHoursResponse()

    def GetQuietHours(
        self, request: pb.GetQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.GetQuietHoursResponse:
        kept = self._quiet.get(request.quiet_hours_id)
        return pb.GetQuietHoursResponse(quiet_hours=quiet.quiet_message(kept))

    def ListQuietHours(
        self, request: pb.ListQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.ListQuietHoursResponse:
        size = page_size(request.page_size)
        found = self._quiet.page(after=page_key(request.page_token), limit=size + 1)
        page, token = page_of(found, size, lambda kept: kept.policy.rule_id)
        hours = [quiet.quiet_message(kept) for kept in page]
        return pb.ListQuietHoursResponse(quiet_hours=hours, next_page_token=token)

    # exemptions

    def CreateExemption(
        self, request: pb.CreateExemptionRequest, context: grpc.ServicerContext
    ) -> pb.CreateExemptionResponse:
        kept = self._exempt.create(self._exemption_of(request.exemption, current_caller().name))
        return pb.CreateExemptionResponse(exemption=exemptions.exemption_message(kept))

    def UpdateExemption(
        self, request: pb.UpdateExemptionRequest, context: grpc.ServicerContext
    ) -> pb.UpdateExemptionResponse:
        wanted, mask = request.exemption, request.update_mask
        kept = self._exempt.update(
            wanted.exemption_id,
            wanted.etag,
            lambda before: self._exemption_of(
                masked(exemptions.exemption_message(before), wanted, mask, fixed=exemptions.FIXED),
                before.policy.granted_by,
            ),
        )
        return pb.UpdateExemptionResponse(exemption=exemptions.exemption_message(kept))

    def DeleteExemption(
        self, request: pb.DeleteExemptionRequest, context: grpc.ServicerContext
    ) -> pb.DeleteExemptionResponse:
        self._exempt.delete(request.exemption_id, request.etag)
        return pb.DeleteExemptionResponse()

    def GetExemption(self, request: pb.GetExemptionRequest, context: grpc.ServicerContext) -> pb.GetExemptionResponse:
        kept = self._exempt.get(request.exemption_id)
        return pb.GetExemptionResponse(exemption=exemptions.exemption_message(kept))

    def ListExemptions(
        self, request: pb.ListExemptionsRequest, context: grpc.ServicerContext
    ) -> pb.ListExemptionsResponse:
        size = page_size(request.page_size)
        found = self._exempt.page(after=page_key(request.page_token), limit=size + 1)
        page, token = page_of(found, size, lambda kept: kept.policy.exemption_id)
        listed = [exemptions.exemption_message(kept) for kept in page]
        return pb.ListExemptionsResponse(exemptions=listed, next_page_token=token)

    # suppressions

    def CreateSuppression(
        self, request: pb.CreateSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.CreateSuppressionResponse:
        wanted = suppressions.suppression_of(request.suppression)
        [(held, _)] = self._suppressing.create([wanted])
        return pb.CreateSuppressionResponse(suppression=suppressions.suppression_message(held))

    def UpdateSuppression(
        self, request: pb.UpdateSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.UpdateSuppressionResponse:
        wanted, mask = request.suppression, request.update_mask
        changed = self._suppressing.update(
            wanted.suppression_id,
            wanted.etag,
            lambda before: suppressions.changed(
                before,
                masked(suppressions.suppression_message(before), wanted, mask, fixed=suppressions.FIXED),
            ),
        )
        return pb.UpdateSuppressionResponse(suppression=suppressions.suppression_message(changed))

    def DeleteSuppression(
        self, request: pb.DeleteSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.DeleteSuppressionResponse:
        self._suppressing.delete(request.suppression_id, request.etag)
        return pb.DeleteSuppressionResponse()

    def GetSuppression(
        self, request: pb.GetSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.GetSuppressionResponse:
        found = self._suppressing.get(request.suppression_id)
        return pb.GetSuppressionResponse(suppression=suppressions.suppression_message(found))

    def ListSuppressions(
        self, request: pb.ListSuppressionsRequest, context: grpc.ServicerContext
    ) -> pb.ListSuppressionsResponse:
        size = page_size(request.page_size)
        found = self._suppressing.page(
            after=page_key(request.page_token),
            limit=size + 1,
            customer_id=request.customer_id,
            cause=suppressions.cause_of(request.cause),
        )
        page, token = page_of(found, size, lambda suppression: suppression.suppression_id)
        listed = [suppressions.suppression_message(suppression) for suppression in page]
        return pb.ListSuppressionsResponse(suppressions=listed, next_page_token=token)

    def ImportSuppressions(
        self, request: pb.ImportSuppressionsRequest, context: grpc.ServicerContext
    ) -> pb.ImportSuppressionsResponse:
        if not 1 <= len(request.suppressions) <= _MOST_IMPORTED:
            raise InvalidArgument.at("suppressions", f"must be 1 to {_MOST_IMPORTED:,}")
        read = [_read(message, index) for index, message in enumerate(request.suppressions)]
        made = iter(self._suppressing.create([one for one in read if isinstance(one, Suppression)]))
        return pb.ImportSuppressionsResponse(
            results=[
                _imported(*next(made))
                if isinstance(one, Suppression)
                else pb.ImportSuppressionResult(error=item_error(one))
                for one in read
            ]
        )

    def ExportSuppressions(
        self, request: pb.ExportSuppressionsRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.ExportSuppressionsResponse]:
        for some in self._suppressing.export(suppressions.cause_of(request.cause)):
            whole = [suppressions.suppression_message(one, shown="whole") for one in some]
            yield pb.ExportSuppressionsResponse(suppressions=whole)

    def _exemption_of(self, message: policies_pb2.Exemption, granted_by: str) -> Exemption:
        return exemptions.exemption_of(message, granted_by, micros(self._clock.now()))


def _read(message: policies_pb2.Suppression, index: int) -> Suppression | TidegateError:
    try:
        return suppressions.suppression_of(message, f"suppressions[{index}]", SuppressionCause.IMPORT)
    except TidegateError as error:
        return error


def _imported(held: Suppression, existed: object) -> pb.ImportSuppressionResult:
    return pb.ImportSuppressionResult(suppression_id=held.suppression_id, existed=bool(existed))
