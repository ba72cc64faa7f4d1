"""The tables of policies and every statement on them. All take the connection of the caller's transaction."""
