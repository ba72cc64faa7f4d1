"""identity's schema migrations."""
