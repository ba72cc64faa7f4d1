"""The rpcs of DeliveryService about templates."""

from dataclasses import replace

import grpc

from tidegate.api.delivery.v1 import delivery_service_pb2 as pb
from tidegate.api.delivery.v1 import templates_pb2
from tidegate.delivery.masks import masked
from tidegate.delivery.pages import page_key, page_of, page_size
from tidegate.delivery.templates import convert
from tidegate.delivery.templates.compiled import CompiledTemplate
from tidegate.delivery.templates.keeping import Keeping
from tidegate.delivery.templates.model import Template
from tidegate.delivery.templates.previewing import Previewing
from tidegate.runtime.errors import InvalidArgument


class TemplateMethods:
    """Mixed into delivery's servicer, which sets ``templates`` and ``previews``."""

    templates: Keeping
    previews: Previewing

    def CreateTemplate(
        self, request: pb.CreateTemplateRequest, context: grpc.ServicerContext
    ) -> pb.CreateTemplateResponse:
        made = self.templates.create(convert.template_of(request.template))
        return pb.CreateTemplateResponse(template=convert.template_message(made))

    def UpdateTemplate(
        self, request: pb.UpdateTemplateRequest, context: grpc.ServicerContext
    ) -> pb.UpdateTemplateResponse:
        wanted, mask = request.template, request.update_mask
        changed = self.templates.update(
            wanted.template_id,
            wanted.etag,
            lambda before: _changed(
                before, masked(convert.template_message(before), wanted, mask, fixed=convert.FIXED)
            ),
        )
        return pb.UpdateTemplateResponse(template=convert.template_message(changed))

    def GetTemplate(self, request: pb.GetTemplateRequest, context: grpc.ServicerContext) -> pb.GetTemplateResponse:
        found = self.templates.get(request.template_id, _version(request.version))
        return pb.GetTemplateResponse(template=convert.template_message(found))

    def ListTemplates(
        self, request: pb.ListTemplatesRequest, context: grpc.ServicerContext
    ) -> pb.ListTemplatesResponse:
        size = page_size(request.page_size)
        state = convert.state_of(request.state) if request.state else None
        found = self.templates.page(after=page_key(request.page_token), limit=size + 1, state=state)
        page, token = page_of(found, size, lambda template: template.template_id)
        listed = [convert.template_message(template) for template in page]
        return pb.ListTemplatesResponse(templates=listed, next_page_token=token)

    def SetTemplateState(
        self, request: pb.SetTemplateStateRequest, context: grpc.ServicerContext
    ) -> pb.SetTemplateStateResponse:
        changed = self.templates.set_state(request.template_id, convert.state_of(request.state))
        return pb.SetTemplateStateResponse(template=convert.template_message(changed))

    def SetProviderTemplate(
        self, request: pb.SetProviderTemplateRequest, context: grpc.ServicerContext
    ) -> pb.SetProviderTemplateResponse:
        provider = convert.provider_of(request.provider_template)
        changed = self.templates.set_provider(request.template_id, provider)
        return pb.SetProviderTemplateResponse(template=convert.template_message(changed))

    def RenderPreview(
        self, request: pb.RenderPreviewRequest, context: grpc.ServicerContext
    ) -> pb.RenderPreviewResponse:
        previews = self.previews.preview(self._previewed(request), convert.wanted_preview(request))
        return pb.RenderPreviewResponse(contents=map(convert.rendered_message, previews))

    def _previewed(self, request: pb.RenderPreviewRequest) -> CompiledTemplate:
        match request.WhichOneof("source"):
            case "template_id":
                return self.previews.saved(request.template_id)
            case "template":
                return self.previews.unsaved(convert.template_of(request.template))
        raise InvalidArgument.at("template_id", "must be set, or template")


def _version(number: int) -> int:
    if number < 0:
        raise InvalidArgument.at("version", "counts from 1; leave it out for the newest")
    return number


def _changed(before: Template, message: templates_pb2.Template) -> Template:
    """``before`` with what ``message`` says of the fields that can be changed."""
    after = convert.template_of(message)
    return replace(
        before,
        display_name=after.display_name,
        contents=after.contents,
        variables=after.variables,
        default_language=after.default_language,
    )
