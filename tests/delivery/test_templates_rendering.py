"""Rendering: the right content, the right values, and clear errors for what is missing."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tidegate.api.common.v1 import common_pb2
from tidegate.delivery.instants import timestamp
from tidegate.delivery.links.marks import MarkKind, replace_marks, replace_marks_in_html
from tidegate.delivery.templates.compiled import CompiledTemplate, RenderError
from tidegate.delivery.templates.model import (
    ProviderState,
    ProviderTemplate,
    Template,
    TemplateContent,
    TemplateState,
    Variable,
    VariableType,
)
from tidegate.delivery.templates.values import from_json, to_json

SHANGHAI = ZoneInfo("Asia/Shanghai")


def template(*variables: Variable, channel: str = "email", **parts: str) -> CompiledTemplate:
    content = TemplateContent(channel, "", parts)
    return CompiledTemplate(Template(template_id="t", contents=(content,), variables=variables), SHANGHAI)


def text(source: str, *variables: Variable, **values: Any) -> str:
    return template(*variables, text=source).render("email", "", values).text


def test_the_parts_of_a_content() -> None:
    compiled = template(
        Variable("name"), subject="Hi {{ name }}", text="T", html="<b>{{ name }}</b>", thing1="{{ name }}!"
    )
    content = compiled.render("email", "", {"name": "a & b"})
    assert (content.subject, content.text, content.html) == ("Hi a & b", "T", "<b>a &amp; b</b>")
    assert content.variables == {"thing1": "a & b!"}
    assert content.template == "t@1"


def test_keys_of_providers_lose_their_suffix() -> None:
    compiled = template(Variable("name"), channel="wechat.subscription", **{"thing1.value": "{{ name }}"})
    assert compiled.render("wechat.subscription", "", {"name": "x"}).variables == {"thing1": "x"}


def test_html_in_a_variable_is_text() -> None:
    compiled = template(Variable("name"), html="<p title='{{ name }}'>{{ name }}</p>")
    assert "<script>" not in compiled.render("email", "", {"name": "'><script>alert(1)</script>"}).html


def test_defaults_and_instants() -> None:
    assert text("{{ a }}/{{ b }}", Variable("a", default="x"), Variable("b", default=2), b=3) == "x/3"
    noon = {"timestamp": 1_762_747_200_000_000}  # 2025-11-10T04:00Z
    assert text("{{ t | date('%m-%d %H:%M') }}", Variable("t", VariableType.TIMESTAMP), t=noon) == "11-10 12:00"


def test_what_is_missing_is_an_error_that_names_it_and_no_value() -> None:
    with pytest.raises(RenderError, match="'name' is undefined"):
        text("{{ name }}", Variable("name"))
    with pytest.raises(RenderError) as caught:
        text("{{ age | round(99) }}{{ name }}", Variable("age"), Variable("name"), age=1, name="secret")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("source", ["{{ name | default('x') | date }}", "{{ name | track }}", "{{ name | abs }}"])
def test_whatever_a_template_trips_over_is_an_error_of_its_message(source: str) -> None:
    with pytest.raises(RenderError) as raised:
        text(source, Variable("name"), name="secret")
    assert "secret" not in str(raised.value)


def test_a_label_may_be_a_number() -> None:
    assert "\ue0037" in text("{{ 'https://a.example/' | track(n) }}", Variable("n", VariableType.NUMBER), n=7)


def test_methods_of_values_are_out_of_reach() -> None:
    with pytest.raises(RenderError):
        text("{{ name.upper }}", Variable("name"), name="x")
    with pytest.raises(RenderError):
        text("{{ name.__class__ }}", Variable("name"), name="x")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("zh-CN", "zh"),
        ("zh", "zh"),
        ("EN-us", "en-US"),
        ("en", "default"),
        ("fr", "default"),
        ("", "default"),
    ],
)
def test_the_language(asked: str, given: str) -> None:
    contents = tuple(
        TemplateContent("sms", language, {"text": "default" if language == "de" else language})
        for language in ("de", "zh", "en-US")
    )
    compiled = CompiledTemplate(Template(template_id="t", contents=contents, default_language="de"), SHANGHAI)
    assert compiled.render("sms", asked, {}).text == given


@pytest.mark.parametrize(
    ("variable", "good", "bad"),
    [
        (Variable("v", max_length=3), ["abc", 12, ["ab"]], ["abcd", True and {"timestamp": 1}, ["abcd"]]),
        (Variable("v", VariableType.NUMBER), [1, 1.5], ["1", True]),
        (Variable("v", VariableType.BOOL), [True], [1, "true"]),
        (Variable("v", VariableType.TIMESTAMP), [{"timestamp": 1}], [1, "2026-11-11"]),
        (
            Variable("v", VariableType.URL),
            ["https://a.example/x"],
            ["a.example", "javascript:x", "http://", 1],
        ),
    ],
)
def test_values_are_checked_by_their_type(variable: Variable, good: list[Any], bad: list[Any]) -> None:
    compiled = template(variable, text="{{ v }}")
    assert [value for value in good if list(compiled.problems(["email"], {"v": value}))] == []
    assert [value for value in bad if not list(compiled.problems(["email"], {"v": value}))] == []


def problems(compiled: CompiledTemplate, channels: list[str], **values: Any) -> Mapping[str, str]:
    return dict(compiled.problems(channels, values))


def test_problems_name_their_path() -> None:
    compiled = template(Variable("name"), Variable("age", default=1), text="{{ name }}")
    found = problems(compiled, ["email", "sms"], nmae="x")
    assert set(found) == {"channels[1]", "variables.nmae", "variables.name"}
    assert "no content for sms" in found["channels[1]"]
    assert problems(compiled, ["email"], name="x") == {}


def test_usable() -> None:
    content = TemplateContent("sms", "", {"text": "x"})
    refused = ProviderTemplate("refusing", "SMS_1", ProviderState.REJECTED)
    base: dict[str, Any] = {"template_id": "t", "contents": (content,), "provider_templates": (refused,)}
    active = CompiledTemplate(Template(**base), SHANGHAI)
    assert active.usable("sms")
    assert active.usable("sms", "another")
    assert not active.usable("sms", "refusing")
    assert not active.usable("email")
    assert not CompiledTemplate(Template(**base, state=TemplateState.PAUSED), SHANGHAI).usable("sms")
    assert active.render("sms", "", {}, account_id="refusing").provider_template == "SMS_1"


def test_links_are_marked_until_they_are_made() -> None:
    compiled = template(
        Variable("url"),
        text="{{ url | track('shop') }} {{ unsubscribe_url }}",
        html='<a href="{{ url | track }}">x</a>',
    )
    content = compiled.render("email", "", {"url": "https://a.example/?x=1&y=2"})
    seen: list[tuple[MarkKind, str, str]] = []

    def made(kind: MarkKind, target: str, label: str) -> str:
        seen.append((kind, target, label))
        return "https://t.example/&"

    assert replace_marks(content.text, made) == "https://t.example/& https://t.example/&"
    assert replace_marks_in_html(content.html, made) == '<a href="https://t.example/&amp;">x</a>'
    assert seen == [
        (MarkKind.LINK, "https://a.example/?x=1&y=2", "shop"),
        (MarkKind.UNSUBSCRIBE, "", ""),
        (MarkKind.LINK, "https://a.example/?x=1&y=2", ""),
    ]


def test_what_callers_fill_in_makes_no_mark() -> None:
    filled = text("{{ name }}", Variable("name"), name="\ue000https://evil.example\ue003\ue004")
    assert filled == "https://evil.example"


def test_a_link_that_is_none_is_an_error() -> None:
    with pytest.raises(RenderError, match="ValueError"):
        text("{{ url | track }}", Variable("url"), url="javascript:alert(1)")


@pytest.mark.parametrize(
    "value",
    [
        common_pb2.Value(string_value="x"),
        common_pb2.Value(int_value=3),
        common_pb2.Value(double_value=1.5),
        common_pb2.Value(bool_value=True),
        common_pb2.Value(timestamp_value=timestamp(1_762_747_200_000_001)),
        common_pb2.Value(list_value=common_pb2.StringList(values=["a", "b"])),
        common_pb2.Value(),
    ],
)
def test_values_come_back_from_storage_as_they_were(value: common_pb2.Value) -> None:
    assert from_json(to_json(value)) == value
