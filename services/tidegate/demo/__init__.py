"""The demo: a Double-11 campaign of a synthetic shop, played through the contracts of all four services."""
