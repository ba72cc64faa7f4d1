"""Templates against the manifests of the channels' accounts, and previews for a customer, through the contracts."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from support.delivery.adapter import Told, ToldChannel
from support.delivery.shop import Shop
from support.server import serving
from support.status import failure
from tidegate.api.common.v1.common_pb2 import Identifier, Value
from tidegate.api.delivery.v1 import channels_pb2, templates_pb2
from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.identity.v1 import customers_pb2
from tidegate.channels import Adapter, Kind, Manifest, Registry
from tidegate.delivery.service import build
from tidegate.identity.service import build as build_identity
from tidegate.runtime.clock import ManualClock
from tidegate.runtime.service import Builder

NARROW = Manifest(name="narrow", kinds=(Kind("mms", "phone"),), max_var_len=6, url_in_vars=False)
WIDE = Manifest(name="wide", kinds=())


class Manifested(ToldChannel):
    """As `told`, with another manifest."""

    def __init__(self, told: Told, manifest: Manifest) -> None:
        super().__init__(told)
        self.manifest = manifest


@pytest.fixture
def shop(tmp_path: Path, database_url: str, clock: ManualClock, told: Told) -> Iterator[Shop]:
    channels = (ToldChannel(told), Manifested(told, NARROW), Manifested(told, WIDE))
    adapters = [Adapter("tests", "tests", "1", channels)]
    builders: dict[str, Builder] = {"identity": build_identity, "delivery": partial(build, registry=Registry(adapters))}
    with serving(tmp_path, clock=clock, database_url=database_url, builders=builders) as suite:
        yield Shop(suite, clock, told)


def template(
    text: str, most: int = 0, contents: Sequence[templates_pb2.TemplateContent] = ()
) -> templates_pb2.Template:
    parts = {"text": "Hello", "code": text}
    return templates_pb2.Template(
        template_id="coded",
        contents=contents or [templates_pb2.TemplateContent(channel="mms", parts=parts)],
        variables=[templates_pb2.TemplateVariable(name="name", max_length=most, sample="Ada")],
    )


def test_what_a_channel_cannot_carry_is_refused_when_it_is_saved(shop: Shop) -> None:
    path = "template.contents[0].parts[code]"
    for wrong in (template("{{ name }}", 7), template("{{ 'https://a.example' | track }}")):
        for call in (
            lambda wrong=wrong: shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=wrong)),
            lambda wrong=wrong: shop.delivery.RenderPreview(pb.RenderPreviewRequest(template=wrong)),
        ):
            failed = failure(call)
            assert (failed.code, set(failed.violations)) == (grpc.StatusCode.INVALID_ARGUMENT, {path})
            assert "narrow takes" in failed.violations[path]
    right = template("{{ 'https://a.example' | track_code }}")
    shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=right))
    longer = pb.UpdateTemplateRequest(template=template("{{ name }}", 7))
    assert set(failure(lambda: shop.delivery.UpdateTemplate(longer)).violations) == {path}
    renamed = templates_pb2.Template(template_id="coded", display_name="Coded")
    mask = FieldMask(paths=["display_name"])
    shop.delivery.UpdateTemplate(pb.UpdateTemplateRequest(template=renamed, update_mask=mask))
    assert shop.delivery.GetTemplate(pb.GetTemplateRequest(template_id="coded")).template.version == 1


def test_any_account_of_the_channel_has_to_carry_it(shop: Shop) -> None:
    def account(adapter: str) -> None:
        made = channels_pb2.Account(account_id=f"mms-{adapter}", channel="mms", adapter=adapter)
        shop.delivery.CreateAccount(pb.CreateAccountRequest(account=made))

    account("wide")
    long = template("{{ name }}", 100)
    shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=long))
    account("narrow")
    long.template_id = "another"
    assert failure(lambda: shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=long))).violations


def customer(shop: Shop, locale: str, **identifiers: str) -> int:
    identity = customers_pb2.CustomerUpsert(
        identifiers=[Identifier(namespace=name, value=value) for name, value in identifiers.items()],
        locale=locale,
        source="test",
    )
    request = customers_pb2.UpsertCustomersRequest(customers=[identity])
    [made] = shop.identity.UpsertCustomers(request).results
    assert made.customer_id, made
    return made.customer_id


def test_a_preview_for_a_customer(shop: Shop) -> None:
    contents = [
        templates_pb2.TemplateContent(channel=channel, language=language, parts={"text": text})
        for channel in ("sms", "email")
        for language, text in (("zh", "好" * 50 + "{{ name }}"), ("en", "a" * 100 + "{{ name }}"))
    ]
    both = template("", contents=contents)
    both.default_language = "zh"
    here = customer(shop, "zh-CN", phone="+8613900001111")
    abroad = customer(shop, "en-GB", phone="+447911123456", email="a@b.example")

    def preview(customer_id: int, **fields: str) -> dict[str, tuple[str, int, bool]]:
        request = pb.RenderPreviewRequest(
            template=both, variables={"name": Value(string_value="小明")}, customer_id=customer_id, **fields
        )
        answer = shop.delivery.RenderPreview(request)
        return {one.channel: (one.language, one.sms_part_count, one.has_address) for one in answer.contents}

    assert preview(here) == {"sms": ("zh", 1, True), "email": ("zh", 0, False)}
    assert preview(abroad) == {"sms": ("en", 2, True), "email": ("en", 0, True)}
    assert preview(abroad, language="zh")["sms"] == ("zh", 1, True), "the caller's language goes first"
    failed = failure(lambda: preview(9_999_999))
    assert (failed.code, failed.reason) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND")


def test_what_does_not_fit_when_it_is_sent_is_not_offered_to_the_provider(shop: Shop) -> None:
    both = template("{{ name }}", 6)
    shop.delivery.CreateTemplate(pb.CreateTemplateRequest(template=both))
    account = channels_pb2.Account(account_id="mms-narrow", channel="mms", adapter="narrow")
    shop.delivery.CreateAccount(pb.CreateAccountRequest(account=account))
    [customer_id] = shop.customers(1)
    fits, linked = shop.send(
        *(
            shop.message(customer_id, "mms", template_id="coded", variables={"name": Value(string_value=name)})
            for name in ("Ada", "a://b")
        )
    )
    assert shop.state_of(fits) == "sent"
    assert shop.state_of(linked) == "failed:content_rejected"
    assert shop.told.ids == [fits]
    [attempt] = shop.get(linked).attempts
    assert "holds a link" in attempt.detail
