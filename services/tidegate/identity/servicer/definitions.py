"""Calls about definitions: tag groups, attributes, namespaces."""

from typing import Any, TypeVar

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from tidegate.api.identity.v1 import definitions_pb2, tags_pb2
from tidegate.identity import paging
from tidegate.identity.definitions import identity_of
from tidegate.identity.model import DefinitionKind
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

_CHANGEABLE = {
    DefinitionKind.NAMESPACE: (
        "display_name", "priority", "max_per_customer", "strength", "blocked_values", "blocked_patterns",
        "address", "lifetime",
    ),
    DefinitionKind.ATTRIBUTE: ("display_name", "merge_policy", "trusted_sources", "derived"),
    DefinitionKind.TAG_GROUP: ("display_name", "exclusive", "closed", "names"),
}  # fmt: skip


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
        given, fields = request.tag_group, _fields(DefinitionKind.TAG_GROUP, request)
        changed: Any = self.tools.definer.update(
            DefinitionKind.TAG_GROUP,
            given.group_id,
            lambda stored: read_tag_group(_masked(tag_group_message(stored), given, fields)),  # type: ignore[arg-type]
            etag=given.etag,
        )
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
        given, fields = request.attribute_definition, _fields(DefinitionKind.ATTRIBUTE, request)
        changed: Any = self.tools.definer.update(
            DefinitionKind.ATTRIBUTE,
            given.name,
            lambda stored: read_attribute(_masked(attribute_message(stored), given, fields)),  # type: ignore[arg-type]
            etag=given.etag,
        )
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
        given, fields = request.namespace, _fields(DefinitionKind.NAMESPACE, request)
        changed: Any = self.tools.definer.update(
            DefinitionKind.NAMESPACE,
            given.namespace_id,
            lambda stored: read_namespace(_masked(namespace_message(stored), given, fields)),  # type: ignore[arg-type]
            etag=given.etag,
        )
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

    def _page(self, kind: DefinitionKind, request: Any) -> tuple[list[Any], str]:
        limit = paging.size(request.page_size)
        after = paging.place(request.page_token, str) or ("",)
        found: list[Any] = self.tools.definer.page(kind, after=after[0], limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        return page, paging.token(identity_of(page[-1].definition)) if more else ""


def _fields(kind: DefinitionKind, request: Any) -> tuple[str, ...]:
    """The fields to change: those of the mask, or all that can be changed. Raises InvalidArgument."""
    if not request.HasField("update_mask"):
        return _CHANGEABLE[kind]
    mask: FieldMask = request.update_mask
    for place, path in enumerate(mask.paths):
        if path not in _CHANGEABLE[kind]:
            known = ", ".join(_CHANGEABLE[kind])
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
