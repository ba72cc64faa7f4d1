"""Templates: what messages say, checked when they are saved and compiled once."""
