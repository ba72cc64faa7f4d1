"""The moves between a message's states as the database enforces them: a trigger made from machine.MOVES.

It looks at updates that name the state, after they are made: PostgreSQL then locks no row for it.
"""

from collections.abc import Mapping

import sqlalchemy as sa

from tidegate.delivery import machine
from tidegate.delivery.store.tables.columns import is_any_of

TRIGGER = "message_states_moves"
_FUNCTION = "message_states_refuse"


def enforce(states: sa.Table) -> None:
    """Has the trigger made wherever the table is."""
    for dialect, statements in trigger().items():
        for statement in statements:
            made = sa.DDL(statement)  # type: ignore[no-untyped-call]
            sa.event.listen(states, "after_create", made.execute_if(dialect=dialect))


def trigger() -> Mapping[str, tuple[str, ...]]:
    """The statements that make the trigger, by dialect."""
    begins = f"CREATE TRIGGER {TRIGGER} AFTER UPDATE OF state ON message_states FOR EACH ROW WHEN"
    refused = f"({_no_move()})"
    return {
        "postgresql": (
            f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION USING ERRCODE = 'check_violation', "
            "MESSAGE = 'a message does not move from ' || OLD.state || ' to ' || NEW.state; "
            "END $$",
            f"{begins} {refused} EXECUTE FUNCTION {_FUNCTION}()",
        ),
        "sqlite": (f"{begins} {refused} BEGIN SELECT RAISE(ABORT, 'a message does not move so'); END",),
    }


def _no_move() -> str:
    cases = [
        f"WHEN '{source}' THEN {is_any_of('NEW.state', targets)}"
        for source, targets in machine.MOVES.items()
        if targets
    ]
    return f"NOT CASE OLD.state {' '.join(cases)} ELSE 1 = 0 END"
