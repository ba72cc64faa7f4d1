from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from tidegate.api.segmentation.v1 import reports_pb2 as _reports_pb2
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor
