"""The metadata that calls carry."""

AUTHORIZATION = "authorization"
"""`Bearer TOKEN`: who calls."""

SERVICE = "x-tidegate-service"
"""Beside the token of the peers: which service of the suite calls."""

REQUEST_ID = "x-request-id"
"""Names a request, in both directions and on its way through the services."""
