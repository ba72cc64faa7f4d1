"""How the demo's tables look."""

from rich.table import Table

_WORDS = {"channel", "held back"}


def table_of(title: str, *columns: str) -> Table:
    """A table with words on the left, and figures on the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        words = number == 0 or column in _WORDS
        table.add_column(column, justify="left" if words else "right", no_wrap=words)
    return table
