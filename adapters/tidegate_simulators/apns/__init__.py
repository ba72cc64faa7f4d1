"""Apple's Push Notification service."""

from __future__ import annotations

from tidegate_simulators.apns.simulator import ApnsSimulator

__all__ = ["ApnsSimulator"]
