"""The call that tells all that is kept of a person."""

import grpc

from tidegate.api.journey.v1 import journey_service_pb2 as api
from tidegate.journey.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument


class ExportCalls:
    """ExportCustomer."""

    tools: Tools

    def ExportCustomer(
        self, request: api.ExportCustomerRequest, _context: grpc.ServicerContext
    ) -> api.ExportCustomerResponse:
        """One document."""
        if request.customer_id <= 0:
            raise InvalidArgument.at("customer_id", "must be a customer's id, greater than 0")
        return api.ExportCustomerResponse(json=self.tools.exporting.export(request.customer_id))
