"""What models are over."""

from collections.abc import Mapping
from typing import Any

from tidegate.api.segmentation.v1 import score_models_pb2
from tidegate.runtime.errors import InvalidArgument
from tidegate.segmentation.model.subject import Subject

SUBJECTS: Mapping[Subject, Any] = {
    each: score_models_pb2.Subject.Value(f"SUBJECT_{each.name if each else 'UNSPECIFIED'}") for each in Subject
}
_SUBJECTS: Mapping[int, Subject] = {value: each for each, value in SUBJECTS.items()}


def read_subject(given: int) -> Subject:
    """What a model is to be over. Raises InvalidArgument for what is not known."""
    if given not in _SUBJECTS:
        raise InvalidArgument.at("model.subject", f"{given} is none; leave it out for customers")
    return _SUBJECTS[given]
