"""All columns of identity whose values are sealed."""

from tidegate.identity.store.tables import (
    ATTRIBUTE,
    ATTRIBUTE_VALUE,
    CONFLICT,
    ENTITY,
    ENTITY_ADDRESS,
    ENTITY_ATTRIBUTE,
    ENTITY_EVENT,
    EVENT,
    HOUSEHOLD,
    IDENTIFIER,
    RESEALING,
    UNLINKING,
)
from tidegate.runtime.sealed import Part, Sealed

# What is copied from one column into another stands behind it.
SEALED = Sealed(
    RESEALING,
    (
        Part(IDENTIFIER.c.value, "identifier", by=IDENTIFIER.c.namespace),
        Part(UNLINKING.c.value, "identifier", by=UNLINKING.c.namespace),
        Part(ATTRIBUTE_VALUE.c.value, "attribute", by=ATTRIBUTE_VALUE.c.name),
        Part(ATTRIBUTE.c.value, "attribute", by=ATTRIBUTE.c.name),
        Part(CONFLICT.c.identifiers, "conflict"),
        Part(EVENT.c.others, "event"),
        Part(EVENT.c.body, "event"),
        Part(ENTITY.c.display_name, "entity"),
        Part(ENTITY_ATTRIBUTE.c.value, "entity"),
        Part(ENTITY_ADDRESS.c.value, "entity"),
        Part(ENTITY_EVENT.c.personal, "entity"),
        Part(HOUSEHOLD.c.attributes, "household"),
    ),
)
