"""Tracked links, opens, and one-click unsubscribe: their addresses, and what comes of visits."""
