"""The rpcs of PolicyService about quiet hours."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import quiet
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import QuietRule


class QuietMethods:
    """Mixed into the policies' servicer, which sets ``quiet_hours``."""

    quiet_hours: Desk[QuietRule]

    def CreateQuietHours(
        self, request: pb.CreateQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.CreateQuietHoursResponse:
        kept = self.quiet_hours.create(quiet.quiet_of(request.quiet_hours))
        return pb.CreateQuietHoursResponse(quiet_hours=quiet.quiet_message(kept))

    def UpdateQuietHours(
        self, request: pb.UpdateQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.UpdateQuietHoursResponse:
        wanted, mask = request.quiet_hours, request.update_mask
        kept = self.quiet_hours.update(
            wanted.quiet_hours_id,
            wanted.etag,
            lambda before: quiet.quiet_of(masked(quiet.quiet_message(before), wanted, mask, fixed=quiet.FIXED)),
        )
        return pb.UpdateQuietHoursResponse(quiet_hours=quiet.quiet_message(kept))

    def DeleteQuietHours(
        self, request: pb.DeleteQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.DeleteQuietHoursResponse:
        self.quiet_hours.delete(request.quiet_hours_id, request.etag)
        return pb.DeleteQuietHoursResponse()

    def GetQuietHours(
        self, request: pb.GetQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.GetQuietHoursResponse:
        kept = self.quiet_hours.get(request.quiet_hours_id)
        return pb.GetQuietHoursResponse(quiet_hours=quiet.quiet_message(kept))

    def ListQuietHours(
        self, request: pb.ListQuietHoursRequest, context: grpc.ServicerContext
    ) -> pb.ListQuietHoursResponse:
        size = page_size(request.page_size)
        found = self.quiet_hours.page(after=page_key(request.page_token), limit=size + 1)
        page, token = page_of(found, size, lambda kept: kept.policy.rule_id)
        hours = [quiet.quiet_message(kept) for kept in page]
        return pb.ListQuietHoursResponse(quiet_hours=hours, next_page_token=token)
