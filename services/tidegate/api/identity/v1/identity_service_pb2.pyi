from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from tidegate.api.identity.v1 import changes_pb2 as _changes_pb2
from tidegate.api.identity.v1 import consents_pb2 as _consents_pb2
from tidegate.api.identity.v1 import customers_pb2 as _customers_pb2
from tidegate.api.identity.v1 import definitions_pb2 as _definitions_pb2
from tidegate.api.identity.v1 import entities_pb2 as _entities_pb2
from tidegate.api.identity.v1 import events_pb2 as _events_pb2
from tidegate.api.identity.v1 import merges_pb2 as _merges_pb2
from tidegate.api.identity.v1 import privacy_pb2 as _privacy_pb2
from tidegate.api.identity.v1 import relations_pb2 as _relations_pb2
from tidegate.api.identity.v1 import sources_pb2 as _sources_pb2
from tidegate.api.identity.v1 import tags_pb2 as _tags_pb2
from tidegate.api.identity.v1 import timeline_pb2 as _timeline_pb2
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor
