"""An adapter in a process of its own: `python channel_caller.py CHANNEL SETTINGS`, settings as JSON.

Reads what to send from standard input, a JSON object in each line, and prints for each the seconds, the processor's
seconds and the outcomes that were not `accepted`.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from tidegate.channels import Account, AnyChannel, Content, OutboundMessage, OutcomeKind, Registry, read_settings

_NUMBERS = count()


def main() -> None:
    """Sends until standard input ends."""
    name, settings = sys.argv[1], json.loads(sys.argv[2])
    channel = Registry.load().channel(name)
    read = read_settings(channel.settings_type, settings, secrets=str)
    account = Account("bench", channel.manifest.kinds[0].name, read)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(runner.run(_send(channel, account, json.loads(line)))) + "\n")
            sys.stdout.flush()
        runner.run(channel.close())


async def _send(channel: AnyChannel, account: Account[Any], order: dict[str, Any]) -> dict[str, Any]:
    """Sends as delivery does: in batches, as many calls at one time as the manifest allows."""
    messages = [_message(order) for _ in range(order["count"])]
    size = channel.manifest.max_batch
    batches = iter([messages[start : start + size] for start in range(0, len(messages), size)])
    refused: Counter[str] = Counter()
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_work(channel, account, batches, refused) for _ in range(channel.manifest.concurrency)))
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "refused": dict(refused),
    }


async def _work(
    channel: AnyChannel, account: Account[Any], batches: Iterator[Sequence[OutboundMessage]], refused: Counter[str]
) -> None:
    for batch in batches:
        for outcome in await channel.send(account, batch):
            if outcome.kind is not OutcomeKind.ACCEPTED:
                refused[f"{outcome.kind} {outcome.provider_code} {outcome.detail}"] += 1


def _message(order: dict[str, Any]) -> OutboundMessage:
    """To an address of its own; what is written `{n}` is told apart."""
    number = next(_NUMBERS)
    content = dict(order["content"])
    told_apart = {key: value.replace("{n}", f"{number % 1_000_000}") for key, value in content["variables"].items()}
    return OutboundMessage(
        message_id=f"{number:026d}",
        address=order["address"].replace("{n}", f"{number:08d}"),
        content=Content(**{**content, "variables": told_apart}),
        idempotency_key=f"{number:026d}",
    )


if __name__ == "__main__":
    main()
