"""DeliveryService on the wire."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import grpc

from tidegate.api.delivery.v1 import channels_pb2, receipts_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceServicer
from tidegate.channels import ContactWay, Registry
from tidegate.delivery.accept import Acceptor
from tidegate.delivery.accounts import Accounts
from tidegate.delivery.allowances.balances import Balances
from tidegate.delivery.allowances.recording import Recording
from tidegate.delivery.allowances.servicer import AllowanceMethods
from tidegate.delivery.announce import OUTCOMES, STATES
from tidegate.delivery.cancel import Canceller
from tidegate.delivery.contacting import Contacting
from tidegate.delivery.convert import accounts, channels, decisions, messages, receipts, stories
from tidegate.delivery.dispatch.health import Health
from tidegate.delivery.eligibility import Eligibility
from tidegate.delivery.explain import Reader
from tidegate.delivery.exporting import Exporting
from tidegate.delivery.instants import duration, given_instant
from tidegate.delivery.links.making import LinkMaking
from tidegate.delivery.links.servicer import LinkMethods
from tidegate.delivery.listing import is_by_time, place_before
from tidegate.delivery.model import Account, MessageState
from tidegate.delivery.nul import HOLDS_NUL, nul_paths
from tidegate.delivery.pages import page_key, page_of, page_size, place_key
from tidegate.delivery.receipts import Receipts
from tidegate.delivery.spending import Spending, key_of
from tidegate.delivery.templates.keeping import Keeping
from tidegate.delivery.templates.previewing import Previewing
from tidegate.delivery.templates.servicer import TemplateMethods
from tidegate.delivery.watch import Watching
from tidegate.runtime.clock import Clock, micros
from tidegate.runtime.edge.call import current_caller
from tidegate.runtime.errors import InvalidArgument, TidegateError, item_error

_MOST = 1_000
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Operations:
    """What the servicer calls."""

    clock: Clock
    acceptor: Acceptor
    eligibility: Eligibility
    canceller: Canceller
    reader: Reader
    exporting: Exporting
    spending: Spending
    watching: Watching
    receipts: Receipts
    accounts: Accounts
    contacting: Contacting
    recording: Recording
    balances: Balances
    registry: Registry
    health: Health


class DeliveryServicer(TemplateMethods, LinkMethods, AllowanceMethods, DeliveryServiceServicer):
    """Turns calls into operations and what they return into answers."""

    def __init__(self, operations: Operations, *, templates: Keeping, previews: Previewing, links: LinkMaking) -> None:
        self.templates = templates
        self.previews = previews
        self.links = links
        self.clock = operations.clock
        self.recording = operations.recording
        self.balances = operations.balances
        self._do = operations

    # messages

    def Send(self, request: pb.SendRequest, context: grpc.ServicerContext) -> pb.SendResponse:
        _check_count("messages", len(request.messages))
        return messages.send_response(self._do.acceptor.send(request.messages, current_caller()))

    def CheckEligibility(
        self, request: pb.CheckEligibilityRequest, context: grpc.ServicerContext
    ) -> pb.CheckEligibilityResponse:
        _check_count("messages", len(request.messages))
        at = given_instant(request.time, "time") if request.HasField("time") else None
        return decisions.eligibility_response(self._do.eligibility.check(request.messages, current_caller(), at=at))

    def CancelMessages(
        self, request: pb.CancelMessagesRequest, context: grpc.ServicerContext
    ) -> pb.CancelMessagesResponse:
        if len(request.message_ids) > _MOST:
            raise InvalidArgument.at("message_ids", f"may hold {_MOST} ids; send more calls")
        cancelled = self._do.canceller.cancel(
            request.message_ids,
            current_caller(),
            enrollment_id=request.enrollment_id,
            campaign_id=request.campaign_id,
        )
        dropped = STATES[MessageState.DROPPED]
        results = [
            pb.CancelResult(state=dropped) if error is None else pb.CancelResult(error=error)
            for error in cancelled.refusals
        ]
        return pb.CancelMessagesResponse(results=results, cancelled_count=cancelled.count)

    def GetMessage(self, request: pb.GetMessageRequest, context: grpc.ServicerContext) -> pb.GetMessageResponse:
        match request.WhichOneof("name"):
            case "message_id":
                found = self._do.reader.get(request.message_id)
            case "idempotency_key":
                found = self._do.reader.get_by_key(current_caller().name, request.idempotency_key)
            case _:
                raise InvalidArgument.at("message_id", "is required, or idempotency_key in its place")
        return pb.GetMessageResponse(message=messages.message(*found))

    def ListMessages(self, request: pb.ListMessagesRequest, context: grpc.ServicerContext) -> pb.ListMessagesResponse:
        size = page_size(request.page_size)
        chosen = messages.read_filter(request.filter)
        if is_by_time(request):
            found = self._do.reader.page_by_time(chosen, behind=place_before(request), limit=size + 1)
            page, token = page_of(found, size, lambda row: place_key(row.accept_time, row.message_id))
        else:
            found = self._do.reader.page(chosen, before=page_key(request.page_token), limit=size + 1)
            page, token = page_of(found, size, lambda row: str(row.message_id))
        return pb.ListMessagesResponse(messages=[messages.message(row) for row in page], next_page_token=token)

    def ExplainMessage(
        self, request: pb.ExplainMessageRequest, context: grpc.ServicerContext
    ) -> pb.ExplainMessageResponse:
        return stories.explanation(self._do.reader.explain(request.message_id))

    def WatchMessages(
        self, request: pb.WatchMessagesRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchMessagesResponse]:
        for answer in self._do.watching.messages(request.filter, request.after_position):
            if not context.is_active():
                return
            yield answer

    # channels and accounts

    def ListChannels(self, request: pb.ListChannelsRequest, context: grpc.ServicerContext) -> pb.ListChannelsResponse:
        return pb.ListChannelsResponse(channels=channels.channels(self._do.registry, self._do.health.failing))

    def CreateAccount(
        self, request: pb.CreateAccountRequest, context: grpc.ServicerContext
    ) -> pb.CreateAccountResponse:
        made = self._do.accounts.create(accounts.read_account(request.account))
        return pb.CreateAccountResponse(account=self._shown(made))

    def UpdateAccount(
        self, request: pb.UpdateAccountRequest, context: grpc.ServicerContext
    ) -> pb.UpdateAccountResponse:
        given = request.account
        changes = accounts.account_changes(given, request.update_mask)
        stored = self._do.accounts.update(given.account_id, given.etag, lambda one: replace(one, **changes))
        return pb.UpdateAccountResponse(account=self._shown(stored))

    def GetAccount(self, request: pb.GetAccountRequest, context: grpc.ServicerContext) -> pb.GetAccountResponse:
        return pb.GetAccountResponse(account=self._shown(self._do.accounts.get(request.account_id)))

    def ListAccounts(self, request: pb.ListAccountsRequest, context: grpc.ServicerContext) -> pb.ListAccountsResponse:
        size = page_size(request.page_size)
        after = page_key(request.page_token)
        found = self._do.accounts.page(channel=request.channel, after=after, limit=size + 1)
        page, token = page_of(found, size, lambda one: one.account_id)
        do = self._do.accounts
        standings = do.standings(page)
        shown = [accounts.account(one, standings, do.callback_url(one)) for one in page]
        return pb.ListAccountsResponse(accounts=shown, next_page_token=token)

    def PauseAccount(self, request: pb.PauseAccountRequest, context: grpc.ServicerContext) -> pb.PauseAccountResponse:
        if len(request.reason) > 500:
            raise InvalidArgument.at("reason", "may have 500 characters")
        paused = self._do.accounts.pause(request.account_id, request.reason)
        return pb.PauseAccountResponse(account=self._shown(paused))

    def ResumeAccount(
        self, request: pb.ResumeAccountRequest, context: grpc.ServicerContext
    ) -> pb.ResumeAccountResponse:
        return pb.ResumeAccountResponse(account=self._shown(self._do.accounts.resume(request.account_id)))

    def TestAccount(self, request: pb.TestAccountRequest, context: grpc.ServicerContext) -> pb.TestAccountResponse:
        begun = time.monotonic()
        outcome = self._do.accounts.test(request.account_id)
        return pb.TestAccountResponse(
            outcome=OUTCOMES[outcome.kind],
            provider_code=outcome.provider_code,
            detail=outcome.detail,
            elapsed=duration(int((time.monotonic() - begun) * _SECOND)),
        )

    def CreateContactWay(
        self, request: pb.CreateContactWayRequest, context: grpc.ServicerContext
    ) -> pb.CreateContactWayResponse:
        for path in nul_paths(request):
            raise InvalidArgument.at(path, HOLDS_NUL)
        staff_ids = tuple(request.staff_ids)
        wanted = ContactWay(source_code=request.source_code, staff_ids=staff_ids, remark=request.remark)
        return pb.CreateContactWayResponse(url=self._do.contacting.make(request.account_id, wanted))

    def _shown(self, one: Account) -> channels_pb2.Account:
        do = self._do.accounts
        return accounts.account(one, do.standings([one]), do.callback_url(one))

    def ListAccountCosts(
        self, request: pb.ListAccountCostsRequest, context: grpc.ServicerContext
    ) -> pb.ListAccountCostsResponse:
        size = page_size(request.page_size)
        found = self._do.spending.page(
            account_id=request.account_id,
            first_day=request.first_day,
            last_day=request.last_day,
            after=page_key(request.page_token),
            limit=size + 1,
        )
        page, token = page_of(found, size, key_of)
        return pb.ListAccountCostsResponse(costs=[accounts.cost(one) for one in page], next_page_token=token)

    # receipts

    def RecordReceipts(
        self, request: pb.RecordReceiptsRequest, context: grpc.ServicerContext
    ) -> pb.RecordReceiptsResponse:
        _check_count("receipts", len(request.receipts))
        now = micros(self._do.clock.now())
        results: list[receipts_pb2.RecordReceiptResult | None] = [None] * len(request.receipts)
        read = {}
        for index, given in enumerate(request.receipts):
            try:
                read[index] = receipts.read_receipt(given, now=now, path=f"receipts[{index}]")
            except TidegateError as error:
                results[index] = receipts_pb2.RecordReceiptResult(error=item_error(error))
        recorded = self._do.receipts.record(list(read.values())) if read else []
        for index, one in zip(read, recorded, strict=True):
            results[index] = receipts.recorded(one)
        return pb.RecordReceiptsResponse(results=[one for one in results if one is not None])

    def ListReceipts(self, request: pb.ListReceiptsRequest, context: grpc.ServicerContext) -> pb.ListReceiptsResponse:
        size = page_size(request.page_size)
        found = self._do.receipts.page(
            message_id=request.message_id,
            account_id=request.account_id,
            state=receipts.RECEIPT_STATES_BY_NUMBER.get(request.state),
            before=page_key(request.page_token),
            limit=size + 1,
        )
        page, token = page_of(found, size, lambda one: one.receipt_id)
        return pb.ListReceiptsResponse(receipts=[receipts.receipt(one) for one in page], next_page_token=token)

    # the feed

    def ListChanges(self, request: pb.ListChangesRequest, context: grpc.ServicerContext) -> pb.ListChangesResponse:
        return self._do.watching.page(request)

    def ExportCustomer(
        self, request: pb.ExportCustomerRequest, context: grpc.ServicerContext
    ) -> pb.ExportCustomerResponse:
        if request.customer_id <= 0:
            raise InvalidArgument.at("customer_id", "must be a customer's id, greater than 0")
        return pb.ExportCustomerResponse(json=self._do.exporting.export(request.customer_id))


def _check_count(field: str, count: int) -> None:
    if not 1 <= count <= _MOST:
        raise InvalidArgument.at(field, f"must hold 1 to {_MOST} items; {count} were given")
