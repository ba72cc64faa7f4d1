"""What templates may say: everything outside of the small language is refused before it is ever run."""

import pytest
from tidegate.channels.sms import part_count
from tidegate.delivery.templates.language import problems
from tidegate.delivery.templates.model import VariableType

TYPES = {"when": VariableType.TIMESTAMP, "age": VariableType.NUMBER, "link": VariableType.URL}


def refused(source: str, *declared: str, part: str = "text") -> str:
    return "; ".join(problems(part, source, {name: TYPES.get(name, VariableType.TEXT) for name in declared}))


@pytest.mark.parametrize(
    "source",
    [
        "plain text",
        "Hello {{ name }}",
        "{{ name | default('you') | upper }}",
        "{% if vip and not (age < 18 or name == 'x') %}dear{% elif age %}{{ age }}{% else %}hi{% endif %}",
        "{{ 'a' if vip else 'b' }}",
        "{{ names[0] }} {{ when.year }} {{ when | date('%d.%m.') }}",
        "{{ names | join(', ') }} {{ age | round(2) }} {{ name | truncate(10) }}",
        "{{ 'https://example.com/?a=b' | track('home') }} {{ link | track }} {{ link | track_code }}",
        "{{ unsubscribe_url }}",
        "{# said to nobody #}",
    ],
)
def test_what_is_allowed(source: str) -> None:
    assert refused(source, "name", "vip", "age", "names", "when", "link") == ""


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ 'a' * 10**8 }}", "line 1: Mul is not allowed"),
        ("{{ name + name }}", "Add is not allowed"),
        ("{{ name ~ name }}", "Concat is not allowed"),
        ("{{ name.ljust(10**8) }}", "Call is not allowed"),
        ("{{ range(10) }}", "Call is not allowed"),
        ("{% for x in name %}{{ x }}{% endfor %}", "For is not allowed"),
        ("{% set x = 1 %}", "Assign is not allowed"),
        ("{% macro x() %}{% endmacro %}", "Macro is not allowed"),
        ("{% include 'x' %}", "Include is not allowed"),
        ("{% extends 'x' %}", "Extends is not allowed"),
        ("{{ [1, 2] }}", "List is not allowed"),
        ("{{ name is defined }}", "Test is not allowed"),
        ("{{ name | format }}", "there is no filter format"),
        ("{{ name | replace('a', 'aaaa') }}", "there is no filter replace"),
        ("{{ name | center(100000000) }}", "there is no filter center"),
        ("{{ name | safe }}", "there is no filter safe"),
        ("{{ nmae }}", "uses nmae, which is not declared"),
        ("{{ name", "line 1: unexpected end of template"),
        ("a\n{% if name %}", "line 2: Unexpected end of template"),
        ("{{ name | date }}", "date needs a variable of type timestamp, and this one is text"),
        ("{{ age | track }}", "track needs a variable of type text or url, and this one is number"),
        ("{{ 'javascript:alert(1)' | track }}", "must be an absolute http or https address"),
        ("(" * 2 + "{{ " + "(" * 5000 + "name" + ")" * 5000 + " }}", "nested too deeply"),
        ("{% if name %}" * 120 + "{% endif %}" * 120, "nested too deeply"),
    ],
)
def test_what_is_refused(source: str, says: str) -> None:
    assert says in refused(source, "name", "age")


def test_nothing_is_worked_out_before_it_is_known_to_be_harmless() -> None:
    """Constants are folded when a template is compiled: this one's would take for ever."""
    assert "Pow is not allowed" in refused("{{ 9 ** 9 ** 9 ** 9 }}")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("好" * 70, 1),
        ("好" * 71, 2),
        ("好" * 134, 2),
        ("好" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_sms_parts(text: str, parts: int) -> None:
    assert part_count(text) == parts
