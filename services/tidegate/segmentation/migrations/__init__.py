"""segmentation's schema migrations."""
