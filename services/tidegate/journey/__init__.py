"""Walks customers through journeys: entry, steps, timers, and what becomes of every send."""
