from tidegate.api.common.v1 import annotations_pb2 as _annotations_pb2
from tidegate.api.segmentation.v1 import changes_pb2 as _changes_pb2
from tidegate.api.segmentation.v1 import experiments_pb2 as _experiments_pb2
from tidegate.api.segmentation.v1 import rules_pb2 as _rules_pb2
from tidegate.api.segmentation.v1 import score_models_pb2 as _score_models_pb2
from tidegate.api.segmentation.v1 import segments_pb2 as _segments_pb2
from tidegate.api.segmentation.v1 import stage_models_pb2 as _stage_models_pb2
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor
