"""Templates through a real server and stub, on both databases."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from support.server import serving
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Value
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import templates_pb2
from tidegate.api.delivery.v1.delivery_service_pb2_grpc import DeliveryServiceStub
from tidegate.runtime.clock import ManualClock


@pytest.fixture
def delivery(tmp_path: Path, database_url: str, clock: ManualClock) -> Iterator[DeliveryServiceStub]:
    with serving(tmp_path, "delivery", clock=clock, database_url=database_url) as suite:
        yield suite.stub("delivery", DeliveryServiceStub)


def content(channel: str = "sms", language: str = "", **parts: str) -> templates_pb2.TemplateContent:
    return templates_pb2.TemplateContent(channel=channel, language=language, parts=parts)


def welcome(**changes: Any) -> templates_pb2.Template:
    fields: dict[str, Any] = {
        "template_id": "welcome",
        "contents": [content(text="Hello {{ name }}")],
        "variables": [templates_pb2.TemplateVariable(name="name", sample="Ada")],
    }
    return templates_pb2.Template(**fields | changes)


def create(delivery: DeliveryServiceStub, template: templates_pb2.Template) -> templates_pb2.Template:
    return delivery.CreateTemplate(pb.CreateTemplateRequest(template=template)).template


def test_a_template_comes_back_as_it_was_made(delivery: DeliveryServiceStub) -> None:
    wanted = welcome(
        display_name="Welcome",
        contents=[
            content("email", "en", subject="Hi", html="<b>{{ name }}</b>"),
            content("email", "zh-CN", subject="你好", text="{{ name }}"),
        ],
        variables=[
            templates_pb2.TemplateVariable(
                name="name",
                type=templates_pb2.VARIABLE_TYPE_TEXT,
                default_value=Value(string_value="you"),
                max_length=20,
                sample="Ada",
            )
        ],
        default_language="en",
    )
    made = create(delivery, wanted)
    assert delivery.GetTemplate(pb.GetTemplateRequest(template_id="welcome")).template == made
    assert (made.version, made.state) == (1, templates_pb2.TEMPLATE_STATE_ACTIVE)
    for name in ("version", "state", "etag", "create_time", "update_time"):
        made.ClearField(name)
    assert made == wanted


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"template_id": "Welcome!"}, "template.template_id"),
    ({"contents": []}, "template.contents"),
    ({"contents": [content(text="{{ nmae }}")]}, "template.contents[0].parts[text]"),
    ({"contents": [content(text="{{ 'a' * 9 }}")]}, "template.contents[0].parts[text]"),
    ({"contents": [content(text="x" * 65_537)]}, "template.contents[0].parts[text]"),
    ({"contents": [content()]}, "template.contents[0].parts"),
    ({"contents": [content("No Channel", text="x")]}, "template.contents[0].channel"),
    ({"contents": [content(text="x"), content(text="y")]}, "template.contents[1]"),
    ({"contents": [content("sms", "!", text="x")]}, "template.contents[0].language"),
    (
        {"contents": [content("sms", "en", text="x"), content("sms", "zh", text="y")]},
        "template.default_language",
    ),
    ({"default_language": "fr"}, "template.default_language"),
    (
        {"variables": [templates_pb2.TemplateVariable(name=name) for name in ("name", "name")]},
        "template.variables[1].name",
    ),
    (
        {"variables": [templates_pb2.TemplateVariable(name=name) for name in ("name", "unsubscribe_url")]},
        "template.variables[1].name",
    ),
    (
        {
            "variables": [
                templates_pb2.TemplateVariable(
                    name="name",
                    type=templates_pb2.VARIABLE_TYPE_NUMBER,
                    default_value=Value(string_value="x"),
                )
            ]
        },
        "template.variables[0].default_value",
    ),
]


def test_a_wrong_template_is_refused_by_its_field(delivery: DeliveryServiceStub, subtests: pytest.Subtests) -> None:
    for changes, field in WRONG:
        with subtests.test(field=field):
            failed = failure(partial(create, delivery, welcome(**changes)))
            assert failed.code is grpc.StatusCode.INVALID_ARGUMENT
            assert set(failed.violations) == {field}


def test_other_contents_are_another_version(delivery: DeliveryServiceStub) -> None:
    made = create(delivery, welcome())
    named = welcome(display_name="Welcome", contents=[])
    mask = FieldMask(paths=["display_name"])
    renamed = delivery.UpdateTemplate(pb.UpdateTemplateRequest(template=named, update_mask=mask)).template
    assert (renamed.version, renamed.display_name, renamed.contents) == (1, "Welcome", made.contents)
    stale = welcome(etag=made.etag)
    assert failure(lambda: delivery.UpdateTemplate(pb.UpdateTemplateRequest(template=stale))).reason == "ETAG_MISMATCH"
    rewritten = welcome(contents=[content(text="Bye {{ name }}")], etag=renamed.etag)
    after = delivery.UpdateTemplate(pb.UpdateTemplateRequest(template=rewritten)).template
    assert (after.version, after.state) == (2, templates_pb2.TEMPLATE_STATE_ACTIVE)
    assert preview(delivery, template_id="welcome")[0].parts["text"] == "Bye Ada"


def test_archived_is_final(delivery: DeliveryServiceStub) -> None:
    create(delivery, welcome())

    def move(state: templates_pb2.TemplateState) -> templates_pb2.Template:
        return delivery.SetTemplateState(pb.SetTemplateStateRequest(template_id="welcome", state=state)).template

    for state in (templates_pb2.TEMPLATE_STATE_PAUSED, templates_pb2.TEMPLATE_STATE_ARCHIVED):
        assert move(state).state == state
    failed = failure(lambda: move(templates_pb2.TEMPLATE_STATE_ACTIVE))
    assert (failed.code, failed.metadata["state"]) == (grpc.StatusCode.FAILED_PRECONDITION, "ARCHIVED")
    assert failure(lambda: delivery.UpdateTemplate(pb.UpdateTemplateRequest(template=welcome()))).reason == (
        "TEMPLATE_ARCHIVED"
    )
    listed = delivery.ListTemplates(pb.ListTemplatesRequest(state=templates_pb2.TEMPLATE_STATE_ACTIVE))
    assert not listed.templates


def test_lists_go_in_pages(delivery: DeliveryServiceStub) -> None:
    for name in ("c", "a", "b"):
        create(delivery, welcome(template_id=name))
    first = delivery.ListTemplates(pb.ListTemplatesRequest(page_size=2))
    rest = delivery.ListTemplates(pb.ListTemplatesRequest(page_size=2, page_token=first.next_page_token))
    assert [one.template_id for one in [*first.templates, *rest.templates]] == ["a", "b", "c"]
    assert failure(lambda: delivery.ListTemplates(pb.ListTemplatesRequest(page_token="!"))).violations.keys() == {
        "page_token"
    }


def test_what_providers_say(delivery: DeliveryServiceStub) -> None:
    create(delivery, welcome())
    for state in (
        templates_pb2.PROVIDER_TEMPLATE_STATE_PENDING,
        templates_pb2.PROVIDER_TEMPLATE_STATE_APPROVED,
    ):
        said = templates_pb2.ProviderTemplate(account_id="sms-1", provider_template_id="SMS_1", state=state)
        request = pb.SetProviderTemplateRequest(template_id="welcome", provider_template=said)
        after = delivery.SetProviderTemplate(request).template
    [known] = after.provider_templates
    assert (known.provider_template_id, known.state) == (
        "SMS_1",
        templates_pb2.PROVIDER_TEMPLATE_STATE_APPROVED,
    )
    assert after.version == 1


def preview(delivery: DeliveryServiceStub, **fields: Any) -> list[templates_pb2.RenderedContent]:
    return list(delivery.RenderPreview(pb.RenderPreviewRequest(**fields)).contents)


def test_a_preview_needs_no_saving(delivery: DeliveryServiceStub) -> None:
    template = welcome(
        contents=[
            content("sms", "zh", text="您好 {{ name }}，点击 {{ 'https://a.example' | track }} " + "好" * 70),
            content("email", "zh", html="<a href=\"{{ 'https://a.example/?a&b' | track }}\">{{ name }}</a>"),
        ],
        default_language="zh",
    )
    email, sms = preview(delivery, template=template, variables={"name": Value(string_value="<小明>")})
    assert (sms.channel, sms.language, sms.sms_part_count) == ("sms", "zh", 2)
    assert sms.parts["text"].startswith("您好 <小明>，点击 https://a.example ")
    assert email.parts["html"] == '<a href="https://a.example/?a&amp;b">&lt;小明&gt;</a>'
    assert failure(lambda: delivery.GetTemplate(pb.GetTemplateRequest(template_id="welcome"))).reason == (
        "TEMPLATE_NOT_FOUND"
    )


def test_a_preview_says_what_is_wrong(delivery: DeliveryServiceStub) -> None:
    create(delivery, welcome(variables=[templates_pb2.TemplateVariable(name="name")]))
    assert set(failure(lambda: preview(delivery, template_id="welcome")).violations) == {"variables.name"}
    name = {"name": Value(string_value="x")}
    other = failure(lambda: preview(delivery, template_id="welcome", variables=name, channels=["email"]))
    assert set(other.violations) == {"channels[0]"}
    assert set(failure(lambda: preview(delivery)).violations) == {"template_id"}


def test_a_preview_counts_the_signature(delivery: DeliveryServiceStub) -> None:
    template = welcome(contents=[content(text="好" * 67)], variables=[])
    assert preview(delivery, template=template)[0].sms_part_count == 1
    [signed] = preview(delivery, template=template, signature="品牌")
    assert (signed.sms_part_count, signed.HasField("has_address")) == (2, False)
    failed = failure(lambda: preview(delivery, template=template, signature="x" * 51, customer_id=-1))
    assert set(failed.violations) == {"signature", "customer_id"}


def test_an_old_version_can_be_read(delivery: DeliveryServiceStub) -> None:
    made = create(delivery, welcome())
    after = welcome(contents=[content(text="Bye")], variables=[], display_name="Farewell")
    changed = delivery.UpdateTemplate(pb.UpdateTemplateRequest(template=after)).template

    def get(version: int) -> templates_pb2.Template:
        return delivery.GetTemplate(pb.GetTemplateRequest(template_id="welcome", version=version)).template

    first = get(1)
    assert (first.contents, first.variables, first.version) == (made.contents, made.variables, 1)
    assert (first.display_name, first.etag) == ("Farewell", changed.etag), "all else is as it is now"
    assert get(2) == get(0) == changed
    assert failure(lambda: get(3)).code is grpc.StatusCode.NOT_FOUND
    assert set(failure(lambda: get(-1)).violations) == {"version"}
