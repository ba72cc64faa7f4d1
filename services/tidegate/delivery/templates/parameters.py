"""Pure: which parts of a content fill the variables of a provider's own template, and under which names.

Without parameters every part that is no text of ours is a variable by its own name. With them each variable has a name,
or its number in their order, and a part that fills it, be it a text of ours: so one content serves providers that name
variables and those that number them.
"""

from collections.abc import Iterator, Mapping, Sequence

from tidegate.channels import Manifest
from tidegate.delivery.templates.extent import extent
from tidegate.delivery.templates.fitting import WHOLE_PARTS, too_narrow
from tidegate.delivery.templates.model import Parameter, ProviderState, ProviderTemplate, Template, TemplateContent

_SUFFIX = ".value"
Filling = Sequence[tuple[str, str]]
"""Variables by name with the parts that fill them, in the provider's order."""


def named(parameters: Sequence[Parameter]) -> Filling:
    """The variables; those without a name have their number."""
    return [(one.name or str(number), one.part) for number, one in enumerate(parameters, 1)]


def filled(provider: ProviderTemplate | None, parts: Mapping[str, str]) -> dict[str, str]:
    """The provider's variables by name, filled with rendered parts. Raises KeyError for a part that is not there."""
    return {name: parts[part] for name, part in _filling(provider, parts)}


def problems(
    template: Template, provider: ProviderTemplate, channel: str, manifest: Manifest | None
) -> Iterator[tuple[int, str]]:
    """What keeps contents of the account's channel from filling the variables: their index, and what would be right.

    ``manifest`` is that of the account's adapter, None where that is not installed. Nothing is sent by a template that
    the provider has rejected.
    """
    if provider.state is ProviderState.REJECTED:
        return
    for index, content in enumerate(template.contents):
        if content.channel == channel:
            filling = _filling(provider, content.parts)
            missing = list(_missing(provider, filling, content))
            found = missing or (_unfit(template, provider, filling, content, manifest) if manifest else ())
            yield from ((index, problem) for problem in found)


def _filling(provider: ProviderTemplate | None, parts: Mapping[str, str]) -> Filling:
    if provider is not None and provider.parameters:
        return named(provider.parameters)
    return [(name.removesuffix(_SUFFIX), name) for name in parts if name not in WHOLE_PARTS]


def _missing(provider: ProviderTemplate, filling: Filling, content: TemplateContent) -> Iterator[str]:
    for name, part in filling:
        if part not in content.parts:
            yield f"has no part {part}, which fills the variable {name} at {provider.account_id}'s provider; add it"


def _unfit(
    template: Template, provider: ProviderTemplate, filling: Filling, content: TemplateContent, manifest: Manifest
) -> Iterator[str]:
    numbers = {str(number) for number in range(1, len(filling) + 1)}
    if manifest.numbered_vars and {name for name, _ in filling} != numbers:
        yield (
            f"fills variables by the parts {', '.join(part for _, part in filling)}, and {manifest.name} numbers them:"
            f" say in the parameters of {provider.account_id}'s provider template which part is the first, and so on"
        )
    variables = {variable.name: variable for variable in template.variables}
    for _, part in filling:
        found = extent(part, content.parts[part], variables)
        yield from (f"part {part} {problem}" for problem in too_narrow(manifest, found))
