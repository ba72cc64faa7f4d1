"""Calls about definitions: tag groups, attributes, namespaces."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from tidegate.api.identity.v1 import definitions_pb2, tags_pb2
from tidegate.identity import paging
from tidegate.identity.definitions import identity_of
from tidegate.identity.model import Definition, DefinitionKind
from tidegate.identity.servicer.definition_parser import (
    attribute_message,
    namespace_message,
    read_attribute,
    read_namespace,
    read_tag_group,
    tag_group_message,
)
from tidegate.identity.servicer.tools import Tools
from tidegate.runtime.errors import InvalidArgument

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How definitions of a kind are read and told, and which of their fields may be changed."""

    kind: DefinitionKind
    identity: str
    read: Callable[[Any], Definition]
    message: Callable[[Any], Any]
    changeable: tuple[str, ...]


_NAMESPACE = _Kind(
    DefinitionKind.NAMESPACE,
    "namespace_id",
    read_namespace,
    namespace_message,
    ("display_name", "priority", "max_per_customer", "strength", "blocked_values", "blocked_patterns",
     "address", "lifetime"),
)  # fmt: skip
_ATTRIBUTE = _Kind(
    DefinitionKind.ATTRIBUTE,
    "name",
    read_attribute,
    attribute_message,
    ("display_name", "merge_policy", "trusted_sources", "derived", "allowed_values"),
)
_TAG_GROUP = _Kind(
    DefinitionKind.TAG_GROUP,
    "group_id",
    read_tag_group,
    tag_group_message,
    ("display_name", "exclusive", "closed", "names", "parents", "lifetime"),
)


class DefinitionCalls:
    """Create, Update, Get, and List of tag groups, attributes, and namespaces; DeleteTagGroup."""

    tools: Tools

    def CreateTagGroup(
        self, request: tags_pb2.CreateTagGroupRequest, _context: grpc.ServicerContext
    ) -> tags_pb2.CreateTagGroupResponse:
        """Defines a group of tags."""
        created: Any = self.tools.definer.create(read_tag_group(request.tag_group))
        return tags_pb2.CreateTagGroupResponse(tag_group=tag_group_message(created))

    def UpdateTagGroup(
        self, request: tags_pb2.UpdateTagGroupRequest, _context: grpc.ServicerContext
    ) -> tags_pb2.UpdateTagGroupResponse:
        """Changes the definition of a group of tags."""
        changed = self._update(_TAG_GROUP, request.tag_group, request)
        return tags_pb2.UpdateTagGroupResponse(tag_group=tag_group_message(changed))

    def GetTagGroup(
        self, request: tags_pb2.GetTagGroupRequest, _context: grpc.ServicerContext
    ) -> tags_pb2.GetTagGroupResponse:
        """The definition of a group of tags."""
        found: Any = self.tools.definer.get(DefinitionKind.TAG_GROUP, request.group_id)
        return tags_pb2.GetTagGroupResponse(tag_group=tag_group_message(found))

    def ListTagGroups(
        self, request: tags_pb2.ListTagGroupsRequest, _context: grpc.ServicerContext
    ) -> tags_pb2.ListTagGroupsResponse:
        """A page of the definitions, by id."""
        page, token = self._page(DefinitionKind.TAG_GROUP, request)
        return tags_pb2.ListTagGroupsResponse(
            tag_groups=[tag_group_message(found) for found in page], next_page_token=token
        )

    def CreateAttributeDefinition(
        self, request: definitions_pb2.CreateAttributeDefinitionRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.CreateAttributeDefinitionResponse:
        """Defines an attribute."""
        created: Any = self.tools.definer.create(read_attribute(request.attribute_definition))
        return definitions_pb2.CreateAttributeDefinitionResponse(attribute_definition=attribute_message(created))

    def UpdateAttributeDefinition(
        self, request: definitions_pb2.UpdateAttributeDefinitionRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.UpdateAttributeDefinitionResponse:
        """Changes the definition of an attribute."""
        changed = self._update(_ATTRIBUTE, request.attribute_definition, request)
        return definitions_pb2.UpdateAttributeDefinitionResponse(attribute_definition=attribute_message(changed))

    def GetAttributeDefinition(
        self, request: definitions_pb2.GetAttributeDefinitionRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.GetAttributeDefinitionResponse:
        """The definition of an attribute."""
        found: Any = self.tools.definer.get(DefinitionKind.ATTRIBUTE, request.name)
        return definitions_pb2.GetAttributeDefinitionResponse(attribute_definition=attribute_message(found))

    def ListAttributeDefinitions(
        self, request: definitions_pb2.ListAttributeDefinitionsRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.ListAttributeDefinitionsResponse:
        """A page of the definitions, by id."""
        page, token = self._page(DefinitionKind.ATTRIBUTE, request)
        return definitions_pb2.ListAttributeDefinitionsResponse(
            attribute_definitions=[attribute_message(found) for found in page], next_page_token=token
        )

    def CreateNamespace(
        self, request: definitions_pb2.CreateNamespaceRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.CreateNamespaceResponse:
        """Defines a namespace."""
        created: Any = self.tools.definer.create(read_namespace(request.namespace))
        return definitions_pb2.CreateNamespaceResponse(namespace=namespace_message(created))

    def UpdateNamespace(
        self, request: definitions_pb2.UpdateNamespaceRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.UpdateNamespaceResponse:
        """Changes the definition of a namespace."""
        changed = self._update(_NAMESPACE, request.namespace, request)
        return definitions_pb2.UpdateNamespaceResponse(namespace=namespace_message(changed))

    def GetNamespace(
        self, request: definitions_pb2.GetNamespaceRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.GetNamespaceResponse:
        """The definition of a namespace."""
        found: Any = self.tools.definer.get(DefinitionKind.NAMESPACE, request.namespace_id)
        return definitions_pb2.GetNamespaceResponse(namespace=namespace_message(found))

    def ListNamespaces(
        self, request: definitions_pb2.ListNamespacesRequest, _context: grpc.ServicerContext
    ) -> definitions_pb2.ListNamespacesResponse:
        """A page of the definitions, by id."""
        page, token = self._page(DefinitionKind.NAMESPACE, request)
        return definitions_pb2.ListNamespacesResponse(
            namespaces=[namespace_message(found) for found in page], next_page_token=token
        )

    def DeleteTagGroup(
        self, request: tags_pb2.DeleteTagGroupRequest, _context: grpc.ServicerContext
    ) -> tags_pb2.DeleteTagGroupResponse:
        """Removes the definition of a group of tags."""
        self.tools.definer.delete(DefinitionKind.TAG_GROUP, request.group_id, etag=request.etag)
        return tags_pb2.DeleteTagGroupResponse()

    def _update(self, kind: _Kind, given: Any, request: Any) -> Any:
        """Changes the fields that the request names of the definition as it is stored."""
        fields = _fields(kind, request)

        def change(stored: Any) -> Definition:
            return kind.read(_masked(kind.message(stored), given, fields))

        return self.tools.definer.update(kind.kind, getattr(given, kind.identity), change, etag=given.etag)

    def _page(self, kind: DefinitionKind, request: Any) -> tuple[list[Any], str]:
        limit = paging.size(request.page_size)
        after = paging.place(request.page_token, str) or ("",)
        found: list[Any] = self.tools.definer.page(kind, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return page, paging.token(identity_of(page[-1].definition)) if more else ""


def _fields(kind: _Kind, request: Any) -> tuple[str, ...]:
    """The fields to change: those of the mask, or all that can be changed. Raises InvalidArgument."""
    if not request.HasField("update_mask"):
        return kind.changeable
    mask: FieldMask = request.update_mask
    for place, path in enumerate(mask.paths):
        if path not in kind.changeable:
            known = ", ".join(kind.changeable)
            raise InvalidArgument.at(f"update_mask.paths[{place}]", f"can't be changed; what can: {known}")
    return tuple(mask.paths)


def _masked(stored: M, given: M, fields: tuple[str, ...]) -> M:
    """``stored`` with ``fields`` of ``given`` (AIP-161)."""
    for field in fields:
        stored.ClearField(field)
    kept = type(given)()
    kept.CopyFrom(given)
    for descriptor, _ in given.ListFields():
        if descriptor.name not in fields:
            kept.ClearField(descriptor.name)
    stored.MergeFrom(kept)
    return stored
