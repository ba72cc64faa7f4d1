"""From the gate to the provider: lines that hold granted messages, and the loops in which adapters live."""
