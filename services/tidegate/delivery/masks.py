"""Updates by field mask (AIP-134): which fields of a resource a caller changes."""

from collections.abc import Collection
from typing import Any, TypeVar

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from tidegate.runtime.errors import Violations

M = TypeVar("M", bound=Message)


def masked(current: M, update: M, mask: FieldMask, *, fixed: Collection[str]) -> M:
    """What ``current`` becomes when the fields of ``mask`` are taken from ``update``.

    An empty mask means all fields but ``fixed`` ones, which can't be changed: the id, and what is output
    only. Raises InvalidArgument for a path that isn't known or is fixed.
    """
    paths = list(mask.paths) or [name for name in update.DESCRIPTOR.fields_by_name if name not in fixed]
    _refuse_unknown(current, mask, fixed)
    changed = type(current)()
    changed.CopyFrom(current)
    FieldMask(paths=paths).MergeMessage(update, changed, True, True)  # noqa: FBT003  (protobuf's own signature)
    return changed


def _refuse_unknown(resource: Message, mask: FieldMask, fixed: Collection[str]) -> None:
    violations = Violations()
    descriptor: Any = resource.DESCRIPTOR
    for index, path in enumerate(mask.paths):
        if path.split(".")[0] in fixed:
            violations.add(f"update_mask.paths[{index}]", f"{path} can't be changed; leave it out")
        elif not FieldMask(paths=[path]).IsValidForDescriptor(descriptor):
            violations.add(f"update_mask.paths[{index}]", f"there is no field {path}; name one of the resource")
    violations.raise_if_any()
