"""What of a definition shows in what is announced of customers, so that another one has to be told anew."""

from collections.abc import Mapping

from tidegate.identity.model import AttributeDefinition, Definition, TagGroup


def rules_told(definition: Definition | None) -> Mapping[str, str]:
    """The rules by which names are announced that nobody gave: the tag above each tag, how each value is derived."""
    if isinstance(definition, AttributeDefinition):
        return {each.name: each.derivation for each in definition.derived}
    return dict(definition.parents) if isinstance(definition, TagGroup) else {}


def names_told(definition: Definition | None) -> set[str]:
    """The names that are announced by those rules."""
    if isinstance(definition, AttributeDefinition):
        return {each.name for each in definition.derived}
    if isinstance(definition, TagGroup):
        return {f"{definition.group_id}={parent}" for parent in definition.parents.values()}
    return set()
