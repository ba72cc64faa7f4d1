"""The rpcs of DeliveryService about what platforms allow."""

import grpc

from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.delivery.allowances.balances import Balances
from tidegate.delivery.allowances.convert import credits_of, read_interaction, recorded
from tidegate.delivery.allowances.model import Interaction
from tidegate.delivery.allowances.recording import Recording, Reported
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.errors import InvalidArgument, TidegateError

_MOST = 1_000


class AllowanceMethods:
    """Mixed into delivery's servicer, which sets ``clock``, ``recording`` and ``balances``."""

    clock: Clock
    recording: Recording
    balances: Balances

    def RecordInteractions(
        self, request: pb.RecordInteractionsRequest, context: grpc.ServicerContext
    ) -> pb.RecordInteractionsResponse:
        if not 1 <= len(request.interactions) <= _MOST:
            raise InvalidArgument.at("interactions", f"must hold 1 to {_MOST} items")
        now = micros(self.clock.now())
        answers: dict[int, tuple[Interaction, bool] | TidegateError] = {}
        reported: dict[int, Reported] = {}
        for index, given in enumerate(request.interactions):
            try:
                reported[index] = read_interaction(given, now=now, path=f"interactions[{index}]")
            except TidegateError as error:
                answers[index] = error
        if reported:
            answers |= self.recording.record(reported)
        return pb.RecordInteractionsResponse(
            results=[recorded(answers[index]) for index in range(len(request.interactions))]
        )

    def GetCredits(self, request: pb.GetCreditsRequest, context: grpc.ServicerContext) -> pb.GetCreditsResponse:
        customer_ids = list(request.customer_ids)
        if not 1 <= len(customer_ids) <= _MOST:
            raise InvalidArgument.at("customer_ids", f"must hold 1 to {_MOST} ids")
        for index, customer_id in enumerate(customer_ids):
            if customer_id <= 0:
                raise InvalidArgument.at(f"customer_ids[{index}]", "must be a customer's id, greater than 0")
        account_id, template_id = request.account_id, request.template_id
        left = self.balances.left(customer_ids, account_id, template_id)
        told = [credits_of(one, account_id, template_id, each) for one, each in zip(customer_ids, left, strict=True)]
        return pb.GetCreditsResponse(credits=told)
