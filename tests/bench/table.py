"""The results as one table."""

from collections.abc import Sequence

from bench.measure import Median, Result
from rich.console import Console
from rich.table import Table


def print_table(results: Sequence[Result]) -> None:
    """Prints ``results`` in the order given."""
    table = Table(title="Medians of the runs after a warm-up; in brackets the least and the greatest")
    for heading in ("work", "database", "figure", "limit beside it", "ratio", "SQL/item", "CPU µs/item", "target"):
        table.add_column(heading, justify="left" if heading in {"work", "database", "target"} else "right")
    for result in results:
        table.add_row(*_row(result))
    Console(width=170).print(table)


def _row(result: Result) -> tuple[str, ...]:
    limit = f"{_number(result.limit.value)} {result.limit_is}" if result.limit else result.limit_is
    return (
        result.work,
        result.database,
        f"{_spread(result.figure)} {result.unit}",
        limit,
        f"{result.ratio:.2f}" if result.ratio is not None else "",
        f"{result.cost.statements:.3f}" if result.cost else "",
        f"{result.cost.cpu:.0f}" if result.cost else "",
        {True: "met: ", False: "missed: ", None: ""}[result.met] + result.target,
    )


def _spread(figure: Median) -> str:
    if figure.runs == 1:
        return _number(figure.value)
    return f"{_number(figure.value)} ({_number(figure.least)}–{_number(figure.greatest)})"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
