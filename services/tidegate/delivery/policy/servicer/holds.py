"""The rpcs of PolicyService about holds."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import holds
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import Hold


class HoldMethods:
    """Mixed into the policies' servicer, which sets ``holding``."""

    holding: Desk[Hold]

    def CreateHold(self, request: pb.CreateHoldRequest, context: grpc.ServicerContext) -> pb.CreateHoldResponse:
        kept = self.holding.create(holds.hold_of(request.hold))
        return pb.CreateHoldResponse(hold=holds.hold_message(kept))

    def UpdateHold(self, request: pb.UpdateHoldRequest, context: grpc.ServicerContext) -> pb.UpdateHoldResponse:
        wanted, mask = request.hold, request.update_mask
        kept = self.holding.update(
            wanted.hold_id,
            wanted.etag,
            lambda before: holds.hold_of(masked(holds.hold_message(before), wanted, mask, fixed=holds.FIXED)),
        )
        return pb.UpdateHoldResponse(hold=holds.hold_message(kept))

    def DeleteHold(self, request: pb.DeleteHoldRequest, context: grpc.ServicerContext) -> pb.DeleteHoldResponse:
        self.holding.delete(request.hold_id, request.etag)
        return pb.DeleteHoldResponse()

    def GetHold(self, request: pb.GetHoldRequest, context: grpc.ServicerContext) -> pb.GetHoldResponse:
        kept = self.holding.get(request.hold_id)
        return pb.GetHoldResponse(hold=holds.hold_message(kept))

    def ListHolds(self, request: pb.ListHoldsRequest, context: grpc.ServicerContext) -> pb.ListHoldsResponse:
        size = page_size(request.page_size)
        found = self.holding.page(after=page_key(request.page_token), limit=size + 1)
        page, token = page_of(found, size, lambda kept: kept.policy.hold_id)
        listed = [holds.hold_message(kept) for kept in page]
        return pb.ListHoldsResponse(holds=listed, next_page_token=token)
