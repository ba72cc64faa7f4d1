"""One template at providers that name variables and at those that number them, and what is wrong with such a thing."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest
from support.delivery.clouds import Clouds, on_clouds
from support.delivery.shop import state_name
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import templates_pb2
from tidegate.channels import Manifest
from tidegate.delivery.templates.model import (
    Parameter,
    ProviderState,
    ProviderTemplate,
    Template,
    TemplateContent,
    Variable,
)
from tidegate.delivery.templates.parameters import filled, problems
from tidegate.runtime.clock import ManualClock
from tidegate_simulators.sms import Kind
from tidegate_simulators.sms import Template as Registered
from tidegate_simulators.web import Entry, Fault

NAMED = Manifest(name="named", kinds=())
NUMBERED = Manifest(name="numbered", kinds=(), numbered_vars=True, max_var_len=6, url_in_vars=False)
PARTS = {"text": "Hello {{ name }}", "name": "{{ name }}", "code": "{{ code }}", "link": "https://a.example"}
ORDERED = [("", "code"), ("", "name")]


def at_provider(
    *parameters: tuple[str, str], state: ProviderState = ProviderState.APPROVED, account_id: str = "sms-1"
) -> ProviderTemplate:
    return ProviderTemplate(account_id, "T1", state, parameters=tuple(Parameter(*one) for one in parameters))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ([], {"name": "N", "code": "C"}),
        (ORDERED, {"1": "C", "2": "N"}),
        ([("n", "name"), ("", "code")], {"n": "N", "2": "C"}),
        ([("link", "code"), ("text", "text")], {"link": "C", "text": "T"}),
    ],
)
def test_variables_are_filled_by_parts(parameters: Sequence[tuple[str, str]], expected: Mapping[str, str]) -> None:
    parts = {"text": "T", "name": "N", "code": "C", "link": "L"}
    found = filled(at_provider(*parameters), parts)
    assert (found, list(found)) == (expected, list(expected))
    if not parameters:
        assert filled(None, parts) == expected
        assert filled(None, {"thing1.value": "x"}) == {"thing1": "x"}


WRONG: Sequence[tuple[ProviderTemplate, Manifest, str]] = [
    (at_provider(), NAMED, ""),
    (at_provider(*ORDERED), NUMBERED, ""),
    (at_provider(("x", "name"), ("", "code")), NAMED, ""),
    (at_provider(), NUMBERED, "fills variables by the parts name, code, and numbered numbers them"),
    (at_provider(("2", "name"), ("1", "code")), NUMBERED, ""),
    (at_provider(("1", "name"), ("3", "code")), NUMBERED, "numbered numbers them"),
    (at_provider(("x", "surname")), NAMED, "has no part surname, which fills the variable x at sms-1's provider"),
    (at_provider(("", "name"), ("", "text")), NUMBERED, "part text may have 12 characters, and numbered takes 6"),
    (at_provider(("", "link")), NUMBERED, "may hold a link, and numbered takes none"),
    (at_provider(("", "surname"), state=ProviderState.REJECTED), NUMBERED, ""),
]


@pytest.mark.parametrize(("provider", "manifest", "problem"), WRONG)
def test_what_does_not_fill_the_variables_is_told(provider: ProviderTemplate, manifest: Manifest, problem: str) -> None:
    contents = (TemplateContent("email", "", {"text": "Hello"}), TemplateContent("sms", "", PARTS))
    variables = (Variable("name", max_length=6), Variable("code", max_length=6))
    template = Template(template_id="t", contents=contents, variables=variables)
    found = list(problems(template, provider, "sms", manifest))
    assert {index for index, _ in found} <= {1}
    assert bool(found) == bool(problem)
    assert problem in " ".join(text for _, text in found)


@pytest.fixture
def clouds(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[Clouds]:
    """A company with SMS through two clouds that stand in for each other, and a template for both."""
    with on_clouds(tmp_path, database_url, clock) as made:
        made.sms_account("sms-a", made.aliyun)
        made.sms_account("sms-t", made.tencent)
        made.tencent.account.templates["1009"] = Registered(
            code="1009", content="资料见 t.example/{1}，{2}您好 拒收请回复R", kind=Kind.MARKETING, max_length=6
        )
        parts = {"name": "{{ name }}", "code": "{{ target | track_code('sale') }}"}
        made.template("sale", {"sms": parts}, name=6, target=200)
        yield made


def said(account_id: str, *parts: str, **changes: Any) -> templates_pb2.ProviderTemplate:
    """What is said of the template at an account's provider, its variables numbered in this order."""
    parameters = [templates_pb2.ProviderParameter(part=part) for part in parts]
    approved = templates_pb2.PROVIDER_TEMPLATE_STATE_APPROVED
    given = {"provider_template_id": "1009", "state": approved, "parameters": parameters, **changes}
    return templates_pb2.ProviderTemplate(account_id=account_id, **given)


def put(clouds: Clouds, provider: templates_pb2.ProviderTemplate) -> templates_pb2.Template:
    request = pb.SetProviderTemplateRequest(template_id="sale", provider_template=provider)
    answer: pb.SetProviderTemplateResponse = clouds.shop.delivery.SetProviderTemplate(request)
    return answer.template


def test_what_one_cloud_refuses_goes_by_the_other_with_its_own_variables(clouds: Clouds) -> None:
    """Aliyun names variables, Tencent Cloud numbers them, here in another order."""
    clouds.approved("sale", sms_a="SMS_LEAD")
    kept = put(clouds, said("sms-t", "code", "name")).provider_templates
    assert [[one.part for one in each.parameters] for each in kept] == [[], ["code", "name"]]
    texts = {"sms-a": r"【潮汐】安您好，资料见 t.example/", "sms-t": "t.example/"}
    for refusing, standing_in in (("sms-a", "sms-t"), ("sms-t", "sms-a")):
        cloud = {"sms-a": clouds.aliyun, "sms-t": clouds.tencent}
        codes = {"sms-a": "isp.SYSTEM_ERROR", "sms-t": "ServiceUnavailable"}
        cloud[refusing].script.add(Entry(Fault.REFUSE, code=codes[refusing], action="SendSms"))
        asked: list[str] = []
        while refusing not in asked:  # until it was its gate that had one first
            number = f"+861380000{next(clouds.shop.numbers):04d}"
            values = {"name": Value(string_value="安"), "target": Value(string_value="https://s.example")}
            message = clouds.shop.message(clouds.lead(("phone", number)), "sms", template_id="sale", variables=values)
            (message_id,) = clouds.shop.send(message)
            assert state_name(clouds.shop.final(message_id)[0]) == "sent"
            asked = [one.account_id for one in clouds.attempts(message_id)]
        assert asked[-1] == standing_in
        (taken,) = cloud[standing_in].received[number]
        assert texts[standing_in] in taken.text
        assert "安您好" in taken.text
        cloud[refusing].script.clear()


def test_a_providers_template_is_measured_when_it_is_saved(clouds: Clouds) -> None:
    for wrong, path, words in (
        (said("sms-t"), "provider_template.parameters", "sms.tencent numbers them"),
        (said("sms-t", "code", "surname"), "provider_template.parameters", "has no part surname"),
        (said("sms-t", "code", ""), "provider_template.parameters[1].part", "must name the part"),
        (
            said("sms-a", parameters=[templates_pb2.ProviderParameter(name="x", part="name")] * 2),
            "provider_template.parameters[1].name",
            "x is filled twice",
        ),
    ):
        refused = failure(lambda wrong=wrong: put(clouds, wrong))  # type: ignore[misc]
        assert (refused.code, set(refused.violations)) == (grpc.StatusCode.INVALID_ARGUMENT, {path})
        assert words in refused.violations[path]
    put(clouds, said("sms-t", "code", "name"))
    contents = [templates_pb2.TemplateContent(channel="sms", parts={"name": "{{ name }}"})]
    variables = [templates_pb2.TemplateVariable(name="name", max_length=6)]
    changed = templates_pb2.Template(template_id="sale", contents=contents, variables=variables)
    update = pb.UpdateTemplateRequest(template=changed, update_mask={"paths": ["contents", "variables"]})
    refused = failure(lambda: clouds.shop.delivery.UpdateTemplate(update))
    assert set(refused.violations) == {"template.contents[0].parts"}
    assert "has no part code, which fills the variable 1" in refused.violations["template.contents[0].parts"]


def test_a_variable_of_the_provider_that_is_called_like_a_text_of_ours_is_filled(clouds: Clouds) -> None:
    clouds.aliyun.account.templates["SMS_LINK"] = Registered(
        code="SMS_LINK", content="资料见 t.example/${link}，${text}", kind=Kind.NOTICE
    )
    pairs = (("link", "code"), ("text", "name"))
    parameters = [templates_pb2.ProviderParameter(name=name, part=part) for name, part in pairs]
    put(clouds, said("sms-a", parameters=parameters, provider_template_id="SMS_LINK"))
    clouds.shop.delivery.PauseAccount(pb.PauseAccountRequest(account_id="sms-t"))
    clouds.shop.suite.settle()
    values = {"name": Value(string_value="安"), "target": Value(string_value="https://s.example")}
    customer = clouds.lead(("phone", "+8613800009999"))
    (message_id,) = clouds.shop.send(clouds.shop.message(customer, "sms", template_id="sale", variables=values))
    assert state_name(clouds.shop.final(message_id)[0]) == "sent"
    (taken,) = clouds.aliyun.received["+8613800009999"]
    assert taken.text.startswith("【潮汐】资料见 t.example/")
    assert taken.text.endswith("，安")
