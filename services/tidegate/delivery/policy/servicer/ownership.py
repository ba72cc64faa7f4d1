"""The rpcs of PolicyService about ownership policies."""

import grpc

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import ownership
from tidegate.delivery.policy.desk import Desk
from tidegate.delivery.policy.model import OwnershipPolicy


class OwnershipMethods:
    """Mixed into the policies' servicer, which sets ``owners``."""

    owners: Desk[OwnershipPolicy]

    def CreateOwnershipPolicy(
        self, request: pb.CreateOwnershipPolicyRequest, context: grpc.ServicerContext
    ) -> pb.CreateOwnershipPolicyResponse:
        kept = self.owners.create(ownership.ownership_of(request.ownership_policy))
        return pb.CreateOwnershipPolicyResponse(ownership_policy=ownership.ownership_message(kept))

    def UpdateOwnershipPolicy(
        self, request: pb.UpdateOwnershipPolicyRequest, context: grpc.ServicerContext
    ) -> pb.UpdateOwnershipPolicyResponse:
        wanted, mask = request.ownership_policy, request.update_mask
        kept = self.owners.update(
            wanted.ownership_policy_id,
            wanted.etag,
            lambda before: ownership.ownership_of(
                masked(ownership.ownership_message(before), wanted, mask, fixed=ownership.FIXED)
            ),
        )
        return pb.UpdateOwnershipPolicyResponse(ownership_policy=ownership.ownership_message(kept))

    def DeleteOwnershipPolicy(
        self, request: pb.DeleteOwnershipPolicyRequest, context: grpc.ServicerContext
    ) -> pb.DeleteOwnershipPolicyResponse:
        self.owners.delete(request.ownership_policy_id, request.etag)
        return pb.DeleteOwnershipPolicyResponse()

    def GetOwnershipPolicy(
        self, request: pb.GetOwnershipPolicyRequest, context: grpc.ServicerContext
    ) -> pb.GetOwnershipPolicyResponse:
        kept = self.owners.get(request.ownership_policy_id)
        return pb.GetOwnershipPolicyResponse(ownership_policy=ownership.ownership_message(kept))

    def ListOwnershipPolicies(
        self, request: pb.ListOwnershipPoliciesRequest, context: grpc.ServicerContext
    ) -> pb.ListOwnershipPoliciesResponse:
        size = page_size(request.page_size)
        found = self.owners.page(after=page_key(request.page_token), limit=size + 1)
        page, token = page_of(found, size, lambda kept: kept.policy.ownership_policy_id)
        listed = [ownership.ownership_message(kept) for kept in page]
        return pb.ListOwnershipPoliciesResponse(ownership_policies=listed, next_page_token=token)
