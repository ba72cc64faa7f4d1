"""Templates on the wire: what callers send is checked part by part, and named by its path."""

import re
from collections.abc import Collection, Mapping

from tidegate.api.delivery.v1 import delivery_service_pb2
from tidegate.api.delivery.v1 import templates_pb2 as pb
from tidegate.channels.kinds import is_name
from tidegate.delivery.announce import numbers
from tidegate.delivery.instants import timestamp
from tidegate.delivery.nul import note_nul
from tidegate.delivery.policy.convert.fields import check_id, check_length, member
from tidegate.delivery.templates.language import UNSUBSCRIBE_URL, problems
from tidegate.delivery.templates.model import (
    LONGEST_VALUE,
    Parameter,
    Preview,
    ProviderState,
    ProviderTemplate,
    Template,
    TemplateContent,
    TemplateState,
    Variable,
    VariableType,
    Wanted,
)
from tidegate.delivery.templates.parameters import named
from tidegate.delivery.templates.values import from_json, to_json, variable_problems
from tidegate.runtime.errors import Violations

FIXED = {
    "template_id",
    "state",
    "state_reason",
    "version",
    "etag",
    "provider_templates",
    "create_time",
    "update_time",
}
"""The fields that an update can't change."""

STATES = numbers(pb.TemplateState, "TEMPLATE_STATE", TemplateState)
_TYPES = numbers(pb.VariableType, "VARIABLE_TYPE", VariableType)
_PROVIDER_STATES = numbers(pb.ProviderTemplateState, "PROVIDER_TEMPLATE_STATE", ProviderState)
_VARIABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MOST_CONTENTS = 100
_MOST_VARIABLES = 100
_MOST_PARTS = 32
_LARGEST_PART = 64 * 1024
_LONGEST_SIGNATURE = 50
_LONGEST_NAME = 64


def template_of(message: pb.Template, path: str = "template") -> Template:
    """The template that a caller means. Raises InvalidArgument naming every field at fault."""
    found = Violations()
    note_nul(found, path, message)
    check_id(found, f"{path}.template_id", message.template_id)
    check_length(found, f"{path}.display_name", message.display_name, 200)
    variables = _variables(found, f"{path}.variables", message.variables)
    declared = {variable.name: variable.type for variable in variables}
    template = Template(
        template_id=message.template_id,
        display_name=message.display_name,
        contents=_contents(found, f"{path}.contents", message.contents, declared),
        variables=variables,
        default_language=message.default_language,
    )
    _check_languages(found, path, template)
    found.raise_if_any()
    return template


def template_message(template: Template) -> pb.Template:
    """A template as callers see it."""
    return pb.Template(
        template_id=template.template_id,
        display_name=template.display_name,
        contents=[
            pb.TemplateContent(channel=one.channel, language=one.language, parts=one.parts) for one in template.contents
        ],
        variables=[_variable_message(variable) for variable in template.variables],
        default_language=template.default_language,
        state=STATES[template.state],
        state_reason=template.state_reason,
        version=template.version,
        etag=template.etag,
        provider_templates=[_provider_message(one) for one in template.provider_templates],
        create_time=timestamp(template.create_time),
        update_time=timestamp(template.update_time),
    )


def state_of(number: int) -> TemplateState:
    """The state that a caller means. Raises InvalidArgument."""
    found = Violations()
    state: TemplateState | None = member(found, "state", number, STATES)
    found.raise_if_any()
    assert state is not None
    return state


def provider_of(message: pb.ProviderTemplate) -> ProviderTemplate:
    """What a caller says of a template at a provider. Raises InvalidArgument."""
    found = Violations()
    path = "provider_template"
    note_nul(found, path, message)
    check_id(found, f"{path}.account_id", message.account_id)
    check_length(found, f"{path}.provider_template_id", message.provider_template_id, 200)
    check_length(found, f"{path}.detail", message.detail, 500)
    unspecified = ProviderState.UNSPECIFIED
    state = member(found, f"{path}.state", message.state, _PROVIDER_STATES, unspecified)
    parameters = _parameters(found, f"{path}.parameters", message.parameters)
    found.raise_if_any()
    return ProviderTemplate(
        message.account_id,
        message.provider_template_id,
        state or unspecified,
        message.detail,
        parameters=parameters,
    )


def _parameters(found: Violations, path: str, messages: Collection[pb.ProviderParameter]) -> tuple[Parameter, ...]:
    if len(messages) > _MOST_VARIABLES:
        found.add(path, f"are more than {_MOST_VARIABLES}; leave out what no part fills")
    parameters = tuple(Parameter(one.name, one.part) for one in messages)
    names = [name for name, _ in named(parameters)]
    for index, one in enumerate(parameters):
        check_length(found, f"{path}[{index}].name", one.name, _LONGEST_NAME)
        check_length(found, f"{path}[{index}].part", one.part, _LONGEST_NAME)
        if not one.part:
            found.add(f"{path}[{index}].part", "must name the part of the contents that fills the variable")
        if names[index] in names[:index]:
            found.add(f"{path}[{index}].name", f"{names[index]} is filled twice; leave one")
    return parameters


def wanted_preview(request: delivery_service_pb2.RenderPreviewRequest) -> Wanted:
    """What a caller wants to look at. Raises InvalidArgument."""
    found = Violations()
    check_length(found, "signature", request.signature, _LONGEST_SIGNATURE)
    if request.customer_id < 0:
        found.add("customer_id", "must be a customer's id, or 0 for nobody in particular")
    found.raise_if_any()
    return Wanted(
        channels=request.channels,
        language=request.language,
        variables={name: to_json(value) for name, value in request.variables.items()},
        customer_id=request.customer_id,
        signature=request.signature,
    )


def rendered_message(preview: Preview) -> pb.RenderedContent:
    """A preview as callers see it."""
    rendered = pb.RenderedContent(
        channel=preview.channel,
        language=preview.language,
        parts=preview.parts,
        sms_part_count=preview.sms_parts,
    )
    if preview.has_address is not None:
        rendered.has_address = preview.has_address
    return rendered


def _contents(
    found: Violations, path: str, messages: Collection[pb.TemplateContent], declared: Mapping[str, VariableType]
) -> tuple[TemplateContent, ...]:
    if not 1 <= len(messages) <= _MOST_CONTENTS:
        found.add(path, f"must be 1 to {_MOST_CONTENTS}")
    seen = set[tuple[str, str]]()
    contents = []
    for index, message in enumerate(messages):
        place = f"{path}[{index}]"
        key = (message.channel, message.language.lower())
        if key in seen:
            found.add(place, "is a second content of this channel and language; leave one")
        seen.add(key)
        contents.append(_content(found, place, message, declared))
    return tuple(contents)


def _content(
    found: Violations, path: str, message: pb.TemplateContent, declared: Mapping[str, VariableType]
) -> TemplateContent:
    if not is_name(message.channel):
        found.add(f"{path}.channel", f"{message.channel!r} can't name a channel; write sms, say")
    if message.language and not _LANGUAGE.fullmatch(message.language):
        found.add(f"{path}.language", f"{message.language!r} is no language; write one such as zh-CN")
    if not 1 <= len(message.parts) <= _MOST_PARTS:
        found.add(f"{path}.parts", f"must be 1 to {_MOST_PARTS}")
    for name, source in message.parts.items():
        if len(source.encode()) > _LARGEST_PART:
            found.add(f"{path}.parts[{name}]", "is larger than 64 KiB; shorten it")
            continue
        for problem in problems(name, source, declared):
            found.add(f"{path}.parts[{name}]", problem)
    return TemplateContent(message.channel, message.language, dict(message.parts))


def _variables(found: Violations, path: str, messages: Collection[pb.TemplateVariable]) -> tuple[Variable, ...]:
    if len(messages) > _MOST_VARIABLES:
        found.add(path, f"are more than {_MOST_VARIABLES}; declare fewer")
    variables = [_variable(found, f"{path}[{index}]", one) for index, one in enumerate(messages)]
    names = [variable.name for variable in variables]
    for index, name in enumerate(names):
        if name in names[:index]:
            found.add(f"{path}[{index}].name", f"{name} is declared twice; leave one")
    return tuple(variables)


def _variable(found: Violations, path: str, message: pb.TemplateVariable) -> Variable:
    if not _VARIABLE.fullmatch(message.name):
        found.add(f"{path}.name", "must be 1 to 63 of a-z 0-9 _ and begin with a letter")
    if message.name == UNSUBSCRIBE_URL:
        found.add(f"{path}.name", "is given to every template; leave it out")
    if not 0 <= message.max_length <= LONGEST_VALUE:
        found.add(f"{path}.max_length", f"must be up to {LONGEST_VALUE:,}")
    variable = Variable(
        name=message.name,
        type=member(found, f"{path}.type", message.type, _TYPES, VariableType.TEXT) or VariableType.TEXT,
        default=to_json(message.default_value) if message.HasField("default_value") else None,
        max_length=message.max_length or LONGEST_VALUE,
        sample=message.sample,
    )
    if variable.default is not None:
        _check_default(found, f"{path}.default_value", variable)
    return variable


def _check_default(found: Violations, path: str, variable: Variable) -> None:
    for _, problem in variable_problems({variable.name: variable}, {variable.name: variable.default}):
        found.add(path, problem)


def _check_languages(found: Violations, path: str, template: Template) -> None:
    languages = {content.language for content in template.contents}
    if len(languages) > 1 and not template.default_language:
        found.add(f"{path}.default_language", "must be set where there are contents in several languages")
    language = template.default_language
    if language and languages and language not in languages:
        found.add(f"{path}.default_language", f"there is no content in {language}; name one there is")


def _variable_message(variable: Variable) -> pb.TemplateVariable:
    return pb.TemplateVariable(
        name=variable.name,
        type=_TYPES[variable.type],
        default_value=None if variable.default is None else from_json(variable.default),
        max_length=variable.max_length,
        sample=variable.sample,
    )


def _provider_message(one: ProviderTemplate) -> pb.ProviderTemplate:
    return pb.ProviderTemplate(
        account_id=one.account_id,
        provider_template_id=one.provider_template_id,
        state=_PROVIDER_STATES[one.state],
        detail=one.detail,
        update_time=timestamp(one.update_time),
        parameters=[pb.ProviderParameter(name=each.name, part=each.part) for each in one.parameters],
    )
