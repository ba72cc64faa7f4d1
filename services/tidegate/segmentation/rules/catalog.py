"""Pure: where the analytic store keeps what: one column for each name and kind of value."""

from collections.abc import Collection, Mapping
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

    def restricted(self, properties: Collection[str], attributes: Collection[str]) -> "Catalog":
        """The catalog of these names alone."""
        return Catalog(
            self.version,
            {name: self.properties[name] for name in properties if name in self.properties},
            {name: self.attributes[name] for name in attributes if name in self.attributes},
        )

    def signature(self) -> tuple[str, ...]:
        """What tells catalogs with other columns apart."""
        return tuple(
            f"{name}\0{kind.value}\0{column}"
            for columns in (self.properties, self.attributes)
            for name, kinds in sorted(columns.items())
            for kind, column in kinds.items()
        )

    def property_columns(self, name: str) -> Mapping[Kind, str]:
        """The columns that hold values of an event's property; none when it was never seen."""
        return self.properties.get(name, {})

    def attribute_columns(self, name: str) -> Mapping[Kind, str]:
        """The columns that hold values of a customer's attribute; none when it was never seen."""
        return self.attributes.get(name, {})
