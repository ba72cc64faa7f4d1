"""The rpcs of PolicyService about exemptions."""

import grpc

from tidegate.api.delivery.v1 import policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import exemptions
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import Exemption
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.edge import current_caller


class ExemptionMethods:
    """Mixed into the policies' servicer, which sets ``clock`` and ``exempt``."""

    clock: Clock
    exempt: Desk[Exemption]

    def CreateExemption(
        self, request: pb.CreateExemptionRequest, context: grpc.ServicerContext
    ) -> pb.CreateExemptionResponse:
        kept = self.exempt.create(self._exemption_of(request.exemption, current_caller().name))
        return pb.CreateExemptionResponse(exemption=exemptions.exemption_message(kept))

    def UpdateExemption(
        self, request: pb.UpdateExemptionRequest, context: grpc.ServicerContext
    ) -> pb.UpdateExemptionResponse:
        wanted, mask = request.exemption, request.update_mask
        kept = self.exempt.update(
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
        self.exempt.delete(request.exemption_id, request.etag)
        return pb.DeleteExemptionResponse()

    def GetExemption(self, request: pb.GetExemptionRequest, context: grpc.ServicerContext) -> pb.GetExemptionResponse:
        kept = self.exempt.get(request.exemption_id)
        return pb.GetExemptionResponse(exemption=exemptions.exemption_message(kept))

    def ListExemptions(
        self, request: pb.ListExemptionsRequest, context: grpc.ServicerContext
    ) -> pb.ListExemptionsResponse:
        size = page_size(request.page_size)
        found = self.exempt.page(after=page_key(request.page_token), limit=size + 1)
        page, token = page_of(found, size, lambda kept: kept.policy.exemption_id)
        listed = [exemptions.exemption_message(kept) for kept in page]
        return pb.ListExemptionsResponse(exemptions=listed, next_page_token=token)

    def _exemption_of(self, message: policies_pb2.Exemption, granted_by: str) -> Exemption:
        return exemptions.exemption_of(message, granted_by, micros(self.clock.now()))
