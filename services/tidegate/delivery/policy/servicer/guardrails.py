"""The rpcs of PolicyService about guardrails."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import guardrails
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import Guardrail


class GuardrailMethods:
    """Mixed into the policies' servicer, which sets ``guards``."""

    guards: Desk[Guardrail]

    def CreateGuardrail(
        self, request: pb.CreateGuardrailRequest, context: grpc.ServicerContext
    ) -> pb.CreateGuardrailResponse:
        kept = self.guards.create(guardrails.guardrail_of(request.guardrail))
        return pb.CreateGuardrailResponse(guardrail=guardrails.guardrail_message(kept))

    def UpdateGuardrail(
        self, request: pb.UpdateGuardrailRequest, context: grpc.ServicerContext
    ) -> pb.UpdateGuardrailResponse:
        wanted, mask = request.guardrail, request.update_mask
        kept = self.guards.update(
            wanted.guardrail_id,
            wanted.etag,
            lambda before: guardrails.guardrail_of(
                masked(guardrails.guardrail_message(before), wanted, mask, fixed=guardrails.FIXED)
            ),
        )
        return pb.UpdateGuardrailResponse(guardrail=guardrails.guardrail_message(kept))

    def DeleteGuardrail(
        self, request: pb.DeleteGuardrailRequest, context: grpc.ServicerContext
    ) -> pb.DeleteGuardrailResponse:
        self.guards.delete(request.guardrail_id, request.etag)
        return pb.DeleteGuardrailResponse()

    def GetGuardrail(self, request: pb.GetGuardrailRequest, context: grpc.ServicerContext) -> pb.GetGuardrailResponse:
        kept = self.guards.get(request.guardrail_id)
        return pb.GetGuardrailResponse(guardrail=guardrails.guardrail_message(kept))

    def ListGuardrails(
        self, request: pb.ListGuardrailsRequest, context: grpc.ServicerContext
    ) -> pb.ListGuardrailsResponse:
        size = page_size(request.page_size)
        found = self.guards.page(after=page_key(request.page_token), limit=size + 1)
        page, token = page_of(found, size, lambda kept: kept.policy.guardrail_id)
        listed = [guardrails.guardrail_message(kept) for kept in page]
        return pb.ListGuardrailsResponse(guardrails=listed, next_page_token=token)
