"""What a command says to whoever runs it, beside what it shows."""

import sys

import typer

WRONG_USE = 2


def say(message: str) -> None:
    """A sentence on standard error."""
    sys.stderr.write(f"tidegate: {message}\n")


def ending(message: str, status: int) -> typer.Exit:
    """Says why a command ends, and gives what ends it with ``status``."""
    say(message)
    return typer.Exit(status)
