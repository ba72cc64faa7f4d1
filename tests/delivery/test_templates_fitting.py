"""Pure: how long parts may become, and what channels can't carry of a template."""

import pytest
from tidegate.channels import Kind, Manifest
from tidegate.delivery.templates.extent import extent
from tidegate.delivery.templates.fitting import misfits
from tidegate.delivery.templates.model import Template, TemplateContent, Variable, VariableType

VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("name", max_length=6),
        Variable("long", max_length=100),
        Variable("count", VariableType.NUMBER),
        Variable("sure", VariableType.BOOL),
        Variable("day", VariableType.TIMESTAMP),
        Variable("url", VariableType.URL),
    )
}
NARROW = Manifest(name="narrow", kinds=(Kind("sms", "phone"),), max_var_len=6, url_in_vars=False)


@pytest.mark.parametrize(
    ("source", "length", "has_link"),
    [
        ("plain", 5, False),
        ("{{ name }}!", 7, False),
        ("{{ long | truncate(6, true, '', 0) }}", 6, False),
        ("{{ long | truncate(6, leeway=0) | upper }}", 6, False),
        ("{{ long | truncate(6) }}", 11, False),
        ("{{ name | truncate(50) }}", 6, False),
        ("{{ name | default('nobody at all') }}", 13, False),
        ("{% if sure %}{{ name }}{% else %}{{ long }}{% endif %}", 100, False),
        ("{% if sure %}{{ long }}{% endif %}", 100, False),
        ("{{ 'yes' if sure else 'never' }}", 5, False),
        ("{{ name or 'somebody' }}", 8, False),
        ("{{ sure }}", 5, False),
        ("{{ day | date('%d %B') }}", 12, False),
        ("{{ long | length }}", 24, False),
        ("{{ url | track_code }}", 6, False),
        ("{{ url | track }}", None, True),
        ("{{ url }}", None, True),
        ("https://a.example", 17, True),
        ("{{ unsubscribe_url }}", None, True),
        ("{{ name | urlencode }}", None, False),
    ],
)
def test_how_long_a_part_may_become(source: str, length: int | None, has_link: bool) -> None:
    assert extent("code", source, VARIABLES) == (length, has_link)


def found(channel: str, *carriers: Manifest, **parts: str) -> set[str]:
    """The parts at fault."""
    content = TemplateContent(channel, "", {name.replace("__", "."): source for name, source in parts.items()})
    template = Template(template_id="t", contents=(content,), variables=tuple(VARIABLES.values()))
    return {path.removeprefix("contents[0].parts") for path, _ in misfits(template, {channel: carriers})}


def test_variables_of_the_provider_have_to_fit() -> None:
    assert found("sms", NARROW, code="{{ url | track_code }}", name="{{ name }}", text="{{ long }} {{ url }}") == set()
    assert found("sms", NARROW, code="{{ url | track }}", name="{{ long }}", who="{{ name }}") == {"[code]", "[name]"}
    assert found("sms", code="{{ url }}") == set(), "nothing is known of a channel that nobody serves"
    wide = Manifest(name="wide", kinds=(), max_var_len=200)
    assert found("sms", wide, name="{{ long }}") == set()
    assert found("sms", wide, NARROW, name="{{ long }}") == {"[name]"}, "a message may take either"


def test_fields_of_subscription_messages() -> None:
    channel = "wechat.subscription"
    assert found(channel, thing1__value="{{ name }} {{ name }}", amount2="{{ count }}", time3="{{ day }}") == set()
    assert found(channel, thing1__value="{{ long }}", phrase2__value="{{ name }}", car_number3="{{ name }}") == {
        "[thing1.value]",
        "[phrase2.value]",
    }
    assert found(channel, thong1__value="x", thing="x", text="a text of ours") == {"[thong1.value]", "[thing]"}
