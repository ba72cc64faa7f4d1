"""What may be sent how often, and at what hours: rules as data, decided by pure functions."""
