"""The contract that every channel keeps, as a pytest class to inherit from.

    class TestPigeon(ChannelContract):
        def make_channel(self): return PigeonChannel()
        def settings(self): return {"loft": self.loft.url}
        def address(self, number): return f"pigeon-{number}"
        def received(self): return self.loft.message_ids()
        def provoke(self, fault): return self.loft.misbehave(fault)

pytest collects it like any class; the module itself needs neither pytest nor anything beyond the
standard library. Each test makes a fresh channel and a fresh event loop. Start what the channel speaks
to in `setup_method` and stop it in `teardown_method`.
"""

from tidegate.channels.testing.callbacks import Sample
from tidegate.channels.testing.contract import CALL_LIMIT, LOOP_LIMIT, ChannelContract
from tidegate.channels.testing.faults import ALLOWED, Fault
from tidegate.channels.testing.violation import ContractViolation

__all__ = ["ALLOWED", "CALL_LIMIT", "LOOP_LIMIT", "ChannelContract", "ContractViolation", "Fault", "Sample"]
