"""`python -m tidegate_simulators.mail`: the mail sink as a process of its own.

Prints one JSON line with host and port when it listens, and one with its counts when it ends (SIGTERM,
SIGINT, or the end of standard input, so that it never outlives who started it with a pipe).
"""

import argparse
import json
import signal
import sys
import threading
from queue import SimpleQueue
from types import FrameType

from tidegate_simulators.mail.sink import MailSink

Ends = SimpleQueue[None]
"""What asks for the end. Unlike an Event it may be put to by a signal's handler, whatever that interrupts."""


def main() -> None:
    """Listen until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m tidegate_simulators.mail", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on loopback; 0 = any free one")
    parser.add_argument("--pipe", action="store_true", help="end when standard input ends")
    options = parser.parse_args()
    ended: Ends = SimpleQueue()
    _end_on_signals(ended)
    if options.pipe:
        threading.Thread(target=_end_with_input, args=(ended,), daemon=True).start()
    with MailSink(port=options.port, keep=False) as sink:
        _say({"host": sink.host, "port": sink.port})
        ended.get()
        _say({"taken": sink.taken, "recipients": len(sink.taken_by_recipient), "connections": sink.connections})


def _end_on_signals(ended: Ends) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.put(None)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


def _end_with_input(ended: Ends) -> None:
    sys.stdin.read()
    ended.put(None)


def _say(facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
