"""Policies on the wire: what callers send is checked field by field, all at once, and named by its path."""
