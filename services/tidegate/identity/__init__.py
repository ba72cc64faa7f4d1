"""identity: customers, their identifiers, attributes, tags, consents, and events (OneID)."""
