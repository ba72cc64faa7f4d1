"""Pure: which bucket a customer falls into, and which arm has it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from tidegate.runtime.errors import Violation
from tidegate.segmentation.model.experiment import BUCKETS, Arm, ArmRole, Assignment, BucketRange, Experiment
from tidegate.segmentation.rules.check import is_id

MAX_ARMS = 50
MAX_SALT = 64


def bucket_of(salt: str, experiment_id: str, customer_id: int) -> int:
    """A number from 0 to 9,999, the same for ever for the same salt, experiment, and customer id.

    BLAKE2b over the three, NUL between them, its first 8 bytes taken as a big-endian number modulo 10,000.
    """
    key = f"{salt}\0{experiment_id}\0{customer_id}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=8).digest()) % BUCKETS


def arm_of(arms: Sequence[Arm], bucket: int) -> Arm | None:
    """The first arm with a range that contains the bucket."""
    return next((arm for arm in arms if any(bucket in each for each in arm.ranges)), None)


def with_ranges(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Arms that were given shares, with consecutive ranges in their order."""
    placed, start = [], 0
    for arm in arms:
        if arm.ranges:
            placed.append(arm)
            continue
        end = start + arm.share
        placed.append(replace(arm, ranges=(BucketRange(start, end),) if arm.share else ()))
        start = end
    return tuple(placed)


def check_experiment(experiment: Experiment, *, path: str = "experiment") -> list[Violation]:
    """Everything that is wrong with a new experiment."""
    found = []
    if not is_id(experiment.experiment_id):
        found.append(Violation(f"{path}.experiment_id", ID_RULE))
    if len(experiment.salt) > MAX_SALT:
        found.append(Violation(f"{path}.salt", f"must have at most {MAX_SALT} characters"))
    if not 1 <= len(experiment.arms) <= MAX_ARMS:
        found.append(Violation(f"{path}.arms", f"must be 1 to {MAX_ARMS}"))
    return [*found, *_check_arms(experiment.arms, f"{path}.arms")]


def check_growth(before: Experiment, after: Experiment, *, path: str = "experiment") -> list[Violation]:
    """What an update would take from an arm: what an arm has it keeps, for people were treated by it."""
    found = _check_arms(after.arms, f"{path}.arms")
    for arm in before.arms:
        now = after.arm(arm.arm_id)
        if now is None or now.role is not arm.role:
            found.append(Violation(f"{path}.arms", f"arm {arm.arm_id} must stay, in its role"))
        elif not _buckets(arm.ranges) <= _buckets(now.ranges):
            found.append(Violation(f"{path}.arms", f"arm {arm.arm_id} must keep its buckets"))
    return found


def judged(assignments: Sequence[Assignment], experiment: Experiment) -> Assignment:
    """One customer's assignment of those before merges: the earliest; treated as control if they differ."""
    earliest = min(assignments, key=lambda each: (each.assigned_at, each.customer_id))
    if len({each.arm_id for each in assignments}) == 1:
        return earliest
    role = ArmRole.CONTROL if experiment.control else earliest.role
    return replace(earliest, role=role, contaminated=True)


ID_RULE = "must be a lower-case letter, then at most 62 of a-z, 0-9, '.', '_', '-'"


def _check_arms(arms: Sequence[Arm], path: str) -> list[Violation]:
    found = []
    ids = [arm.arm_id for arm in arms]
    for at, arm in enumerate(arms):
        if not is_id(arm.arm_id):
            found.append(Violation(f"{path}[{at}].arm_id", ID_RULE))
        elif arm.arm_id in ids[:at]:
            found.append(Violation(f"{path}[{at}].arm_id", f"{arm.arm_id} is there already"))
        if arm.share and arm.ranges:
            found.append(Violation(f"{path}[{at}].share", "must be left out where ranges are given"))
        if arm.share < 0 or any(not 0 <= each.start < each.end <= BUCKETS for each in arm.ranges):
            found.append(Violation(f"{path}[{at}]", f"buckets go from 0 to {BUCKETS}, start before end"))
    if sum(arm.role is ArmRole.CONTROL for arm in arms) > 1:
        found.append(Violation(path, "at most one arm is the control"))
    return found or _check_overlap(with_ranges(arms), path)


def _check_overlap(arms: Iterable[Arm], path: str) -> list[Violation]:
    ranges = sorted((each.start, each.end, arm.arm_id) for arm in arms for each in arm.ranges)
    found = [
        Violation(path, f"buckets of {first[2]} and {second[2]} overlap at {second[0]}")
        for first, second in pairwise(ranges)
        if second[0] < first[1]
    ]
    if ranges and ranges[-1][1] > BUCKETS:
        found.append(Violation(path, f"all shares together are at most {BUCKETS}"))
    return found


def _buckets(ranges: Iterable[BucketRange]) -> set[int]:
    return {bucket for each in ranges for bucket in range(each.start, each.end)}
