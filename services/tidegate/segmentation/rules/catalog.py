"""Pure: where the analytic store keeps what: one column for each name and kind of value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.segmentation.model.rule import Kind

Columns = Mapping[str, Mapping[Kind, str]]
"""Columns by the name of the property or attribute, then by kind."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The columns of events' properties and of customers' attributes. ``version`` rises with each new one."""

    version: int = 0
    properties: Columns = field(default_factory=dict)
    attributes: Columns = field(default_factory=dict)

    def property_columns(self, name: str) -> Mapping[Kind, str]:
        """The columns that hold values of an event's property; none when it was never seen."""
        return self.properties.get(name, {})

    def attribute_columns(self, name: str) -> Mapping[Kind, str]:
        """The columns that hold values of a customer's attribute; none when it was never seen."""
        return self.attributes.get(name, {})
