"""What was counted of the past on the wire."""

from tidegate.api.delivery.v1 import policy_service_pb2 as pb
from tidegate.delivery.policy.tally import Tally

_MOST_GROUPS = 1_000


def dry_run_response(tally: Tally) -> pb.DryRunResponse:
    """The answer of DryRun."""
    groups = sorted(tally.looked_at, key=lambda group: (-tally.stopped[group], -tally.looked_at[group], group))
    return pb.DryRunResponse(
        message_count=tally.looked_at.total(),
        stopped_count=tally.stopped.total(),
        customer_count=tally.customers,
        groups=[
            pb.DryRunGroup(
                campaign_id=campaign_id,
                channel=channel,
                message_count=tally.looked_at[campaign_id, channel],
                stopped_count=tally.stopped[campaign_id, channel],
            )
            for campaign_id, channel in groups[:_MOST_GROUPS]
        ],
        sample_message_ids=[message_id for _, message_id in sorted(tally.samples, reverse=True)],
    )
