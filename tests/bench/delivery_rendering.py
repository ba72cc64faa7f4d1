"""How long it takes to render a message and to give it its links: `python tests/bench/delivery_rendering.py`."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from support.delivery.vault import VAULT
from tidegate.delivery.instants import DAY
from tidegate.delivery.links.decorate import Decorator, Rendered
from tidegate.delivery.links.room import Room
from tidegate.delivery.links.tokens import Tokens
from tidegate.delivery.schema import METADATA
from tidegate.delivery.templates.compiled import CompiledTemplate
from tidegate.delivery.templates.model import Template, TemplateContent, Variable
from tidegate.runtime.clock import SystemClock
from tidegate.runtime.db import Database
from tidegate.runtime.ids import new_id

ROUNDS = 20_000
BATCH = 500
HTML = (
    "<html><body><p>Dear {{ name }},</p>"
    + "<p>{% if vip %}as one of our best customers{% else %}as our customer{% endif %} you get {{ off }} % off.</p>"
    + "".join(f"<a href=\"{{{{ 'https://shop.example/sale/{n}?utm=x' | track }}}}\">{n}</a>" for n in range(5))
    + "</body></html>"
)
EMAIL = TemplateContent(
    "email", "", {"subject": "{{ name }}, {{ off }} % off", "text": "Dear {{ name }}", "html": HTML}
)
SMS = TemplateContent("sms", "", {"text": "{{ name }}: {{ 'https://shop.example/sale' | track }} 拒收请回复R"})
VARIABLES = {"name": "小明", "vip": True, "off": 20}


def microseconds(work: Callable[[], object], *, items: int, rounds: int) -> float:
    """The median of five runs, in CPU time per item."""
    runs = []
    for _ in range(6):
        start = time.process_time()
        for _ in range(rounds):
            work()
        runs.append((time.process_time() - start) / rounds / items * 1e6)
    return median(runs[1:])


def main() -> None:
    """Prints the table."""
    variables = tuple(Variable(name) for name in VARIABLES)
    template = Template(template_id="sale", contents=(EMAIL, SMS), variables=variables)
    compiled = CompiledTemplate(template, ZoneInfo("Asia/Shanghai"))
    database = Database.open("sqlite://", schema="bench")
    database.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(database.engine)
    clock = SystemClock()
    room = Room(database, clock, shown=lambda _: None)
    decorator = Decorator(
        database,
        clock,
        vault=VAULT,
        tokens=Tokens(b"k" * 32),
        public_url="https://go.example.com",
        room=room,
        short_life=30 * DAY,
    )
    for channel, rounds in (("sms", 10), ("email", 40)):
        took = microseconds(partial(compiled.render, channel, "", VARIABLES), items=1, rounds=ROUNDS)
        print(f"render {channel:6} {took:8.1f} µs a message")
        batch = [
            Rendered(
                message_id=new_id(),
                customer_id=7,
                channel=channel,
                campaign_id="double11",
                marketing=True,
                content=compiled.render(channel, "", VARIABLES),
            )
            for _ in range(BATCH)
        ]
        took = microseconds(partial(decorator.decorate, batch), items=BATCH, rounds=rounds)
        print(f"links  {channel:6} {took:8.1f} µs a message")


if __name__ == "__main__":
    main()
