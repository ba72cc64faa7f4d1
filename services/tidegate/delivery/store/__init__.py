"""Delivery's tables and every statement on them, by topic. All take the connection of the caller's transaction."""
