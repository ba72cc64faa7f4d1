"""Pure: whether what a template fills in at a provider is what the channel can carry.

A part other than `subject`, `text`, `html` and `link` is a variable of the provider's own template; these are where an
account's parameters say so (parameters.py).
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tidegate.channels import Manifest
from tidegate.channels.kinds import WECHAT_SUBSCRIPTION
from tidegate.delivery.templates.extent import Extent, extent
from tidegate.delivery.templates.model import Template

WHOLE_PARTS = ("subject", "text", "html", "link")
"""The parts that are texts of ours; adapters get all others as variables."""

_FIELD = re.compile(r"([a-z_]+)[0-9]{1,3}(\.value)?")
_FIELD_LENGTHS: Mapping[str, int | None] = {
    "amount": None, "car_number": 8, "character_string": 32, "date": None, "enum": None, "letter": 32, "name": 20,
    "number": 32, "phone_number": 17, "phrase": 5, "symbol": 5, "thing": 20, "time": None,
}  # fmt: skip
"""The types of a subscription message's fields, and the characters that each takes (WeChat, July 2026)."""


def misfits(template: Template, carriers: Mapping[str, Sequence[Manifest]]) -> Iterator[tuple[str, str]]:
    """What is wrong, as (path within the template, what would be right); ``carriers`` by channel."""
    variables = {variable.name: variable for variable in template.variables}
    for index, content in enumerate(template.contents):
        for name, source in content.parts.items():
            if name in WHOLE_PARTS:
                continue
            found = extent(name, source, variables)
            place = f"contents[{index}].parts[{name}]"
            for problem in _problems(content.channel, name, found, carriers.get(content.channel, ())):
                yield place, problem


def unfit(manifest: Manifest, variables: Mapping[str, str]) -> str:
    """Why the provider would not take these values, without saying them; empty when it would.

    The template may be older than the account, and a text may hold an address that its author did not think of.
    """
    for name, value in variables.items():
        if manifest.max_var_len is not None and len(value) > manifest.max_var_len:
            return f"variable {name} has {len(value)} characters, and {manifest.name} takes {manifest.max_var_len}"
        if not manifest.url_in_vars and "://" in value:
            return f"variable {name} holds a link, and {manifest.name} takes none in variables"
    return ""


def _problems(channel: str, name: str, found: Extent, manifests: Sequence[Manifest]) -> Iterator[str]:
    if channel == WECHAT_SUBSCRIPTION.name:
        yield from _field_problems(name, found)
    for manifest in manifests:
        yield from too_narrow(manifest, found)


def too_narrow(manifest: Manifest, found: Extent) -> Iterator[str]:
    """What of a variable's extent the adapter's provider does not take."""
    if manifest.max_var_len is not None and _is_longer(found, manifest.max_var_len):
        yield _too_long(found, f"{manifest.name} takes {manifest.max_var_len}")
    if found.has_link and not manifest.url_in_vars:
        yield (
            f"may hold a link, and {manifest.name} takes none in variables; put the address into the provider's"
            " template and only its end here, by the filter track_code"
        )


def _field_problems(name: str, found: Extent) -> Iterator[str]:
    field = _FIELD.fullmatch(name)
    if field is None or field[1] not in _FIELD_LENGTHS:
        yield f"is no field of a subscription message; write a type and a number, such as thing1.value: {_TYPES}"
        return
    most = _FIELD_LENGTHS[field[1]]
    if most is not None and _is_longer(found, most):
        yield _too_long(found, f"a field of type {field[1]} takes {most}")


def _is_longer(found: Extent, most: int) -> bool:
    return found.length is None or found.length > most


def _too_long(found: Extent, limit: str) -> str:
    length = "any length" if found.length is None else f"{found.length:,} characters"
    return f"may have {length}, and {limit}; give its variables a max_length, or shorten by truncate(n, true, '', 0)"


_TYPES = ", ".join(_FIELD_LENGTHS)
