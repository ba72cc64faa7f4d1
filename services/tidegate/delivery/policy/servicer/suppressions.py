"""The rpcs of PolicyService about suppressions."""

from collections.abc import Iterator

import grpc

from tidegate.api.delivery.v1 import policies_pb2
from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.policy.convert import suppressions
from tidegate.delivery.policy.model import Suppression, SuppressionCause
from tidegate.delivery.policy.suppress import Suppressing
from tidegate.runtime.errors import InvalidArgument, TidegateError, item_error

_MOST_IMPORTED = 1000


class SuppressionMethods:
    """Mixed into the policies' servicer, which sets ``suppressing``."""

    suppressing: Suppressing

    def CreateSuppression(
        self, request: pb.CreateSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.CreateSuppressionResponse:
        wanted = suppressions.suppression_of(request.suppression)
        [(held, _)] = self.suppressing.create([wanted])
        return pb.CreateSuppressionResponse(suppression=suppressions.suppression_message(held))

    def UpdateSuppression(
        self, request: pb.UpdateSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.UpdateSuppressionResponse:
        wanted, mask = request.suppression, request.update_mask
        changed = self.suppressing.update(
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
        self.suppressing.delete(request.suppression_id, request.etag)
        return pb.DeleteSuppressionResponse()

    def GetSuppression(
        self, request: pb.GetSuppressionRequest, context: grpc.ServicerContext
    ) -> pb.GetSuppressionResponse:
        found = self.suppressing.get(request.suppression_id)
        return pb.GetSuppressionResponse(suppression=suppressions.suppression_message(found))

    def ListSuppressions(
        self, request: pb.ListSuppressionsRequest, context: grpc.ServicerContext
    ) -> pb.ListSuppressionsResponse:
        size = page_size(request.page_size)
        found = self.suppressing.page(
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
        made = iter(self.suppressing.create([one for one in read if isinstance(one, Suppression)]))
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
        for some in self.suppressing.export(suppressions.cause_of(request.cause)):
            whole = [suppressions.suppression_message(one, shown="whole") for one in some]
            yield pb.ExportSuppressionsResponse(suppressions=whole)


def _read(message: policies_pb2.Suppression, index: int) -> Suppression | TidegateError:
    try:
        return suppressions.suppression_of(message, f"suppressions[{index}]", SuppressionCause.IMPORT)
    except TidegateError as error:
        return error


def _imported(held: Suppression, existed: object) -> pb.ImportSuppressionResult:
    return pb.ImportSuppressionResult(suppression_id=held.suppression_id, existed=bool(existed))
