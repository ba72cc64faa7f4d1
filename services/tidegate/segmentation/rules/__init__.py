"""What decides without I/O: checks, compilation to ibis expressions, allocation, statistics."""
