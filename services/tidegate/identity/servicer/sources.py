"""Calls about source codes."""

from collections.abc import Mapping

import grpc

from tidegate.api.identity.v1 import sources_pb2
from tidegate.identity import paging
from tidegate.identity.servicer.messages import timestamp
from tidegate.identity.servicer.parse import batch, span_of, text
from tidegate.identity.servicer.tools import Tools
from tidegate.identity.sources import LONGEST_CODE, SourceCode, SourceCodeKind
from tidegate.identity.sourcing import Codes, Result, new_code
from tidegate.runtime.errors import InvalidArgument, TidegateError, Violations, item_error

_KINDS: Mapping[int, SourceCodeKind] = {
    sources_pb2.SOURCE_CODE_KIND_POSTER: SourceCodeKind.POSTER,
    sources_pb2.SOURCE_CODE_KIND_QR_CODE: SourceCodeKind.QR_CODE,
    sources_pb2.SOURCE_CODE_KIND_CONTACT_WAY: SourceCodeKind.CONTACT_WAY,
    sources_pb2.SOURCE_CODE_KIND_LINK: SourceCodeKind.LINK,
}
_WIRE = {kind: wire for wire, kind in _KINDS.items()}
_TEXTS = (
    ("code", LONGEST_CODE),
    ("channel", 64),
    ("staff_id", 128),
    ("campaign_id", 128),
    ("display_name", 128),
)


class SourceCalls:
    """CreateSourceCodes, ListSourceCodes, GetSourceCodeStatistics."""

    tools: Tools

    def CreateSourceCodes(
        self, request: sources_pb2.CreateSourceCodesRequest, _context: grpc.ServicerContext
    ) -> sources_pb2.CreateSourceCodesResponse:
        """Creates codes."""
        parsed: list[SourceCode | InvalidArgument] = []
        for place, item in enumerate(batch(request.source_codes, "source_codes")):
            faults = Violations()
            code = _code(item, f"source_codes[{place}]", faults)
            parsed.append(InvalidArgument(faults.found) if faults.found or code is None else code)
        created = iter(self.tools.sources.create([each for each in parsed if isinstance(each, SourceCode)]))
        results = [_result(next(created) if isinstance(each, SourceCode) else each) for each in parsed]
        return sources_pb2.CreateSourceCodesResponse(results=results)

    def ListSourceCodes(
        self, request: sources_pb2.ListSourceCodesRequest, _context: grpc.ServicerContext
    ) -> sources_pb2.ListSourceCodesResponse:
        """A page of codes in alphabetical order."""
        limit = paging.size(request.page_size)
        after = paging.place(request.page_token, str) or ("",)
        wanted = Codes(request.channel, request.inviter_customer_id, request.campaign_id)
        found = self.tools.sources.page(wanted, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return sources_pb2.ListSourceCodesResponse(
            source_codes=map(source_code_message, page), next_page_token=paging.token(page[-1].code) if more else ""
        )

    def GetSourceCodeStatistics(
        self, request: sources_pb2.GetSourceCodeStatisticsRequest, _context: grpc.ServicerContext
    ) -> sources_pb2.GetSourceCodeStatisticsResponse:
        """What codes brought."""
        codes = batch(request.codes, "codes")
        found = self.tools.sources.statistics(codes, span_of(request.interval))
        return sources_pb2.GetSourceCodeStatisticsResponse(
            statistics=[
                sources_pb2.SourceCodeStatistics(code=code, **each._asdict())
                for code, each in zip(codes, found, strict=True)
            ]
        )


def _code(item: sources_pb2.SourceCode, path: str, faults: Violations) -> SourceCode | None:
    """A code to create; None when what carries it is not said."""
    kind = _KINDS.get(item.kind)
    if kind is None:
        faults.add(f"{path}.kind", "is required: what carries the code")
    if not item.channel:
        faults.add(f"{path}.channel", "is required: the channel the code belongs to, such as `wecom`")
    if item.inviter_customer_id < 0:
        faults.add(f"{path}.inviter_customer_id", "must not be negative; 0 means none")
    for field, longest in _TEXTS:
        text(getattr(item, field), f"{path}.{field}", faults, longest=longest)
    if kind is None:
        return None
    return SourceCode(
        item.code or new_code(),
        kind,
        item.channel,
        item.inviter_customer_id,
        item.staff_id,
        item.campaign_id,
        item.display_name,
        0,
    )


def source_code_message(found: SourceCode) -> sources_pb2.SourceCode:
    """The code on the wire."""
    return sources_pb2.SourceCode(
        code=found.code,
        kind=_WIRE[found.kind],  # type: ignore[arg-type]
        channel=found.channel,
        inviter_customer_id=found.inviter_id,
        staff_id=found.staff_id,
        campaign_id=found.campaign_id,
        display_name=found.display_name,
        create_time=timestamp(found.created),
    )


def _result(result: Result | InvalidArgument) -> sources_pb2.SourceCodeResult:
    if isinstance(result, TidegateError):
        return sources_pb2.SourceCodeResult(error=item_error(result))
    return sources_pb2.SourceCodeResult(source_code=source_code_message(result))
