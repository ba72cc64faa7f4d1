"""Firebase Cloud Messaging, and the token endpoint of Google's accounts."""

from __future__ import annotations

from tidegate_simulators.fcm.simulator import FcmSimulator

__all__ = ["FcmSimulator"]
