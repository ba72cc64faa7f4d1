"""Providers' endpoints, simulated: for tests, for adapter authors and for the demo.

Each package speaks a provider's protocol over real sockets, keeps what it was sent, and can be told to
misbehave. They share no code with the adapters that they test.
"""
