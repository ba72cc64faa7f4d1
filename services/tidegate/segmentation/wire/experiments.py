"""Experiments, arms, and assignments."""

from collections.abc import Mapping
from typing import Any

from tidegate.api.common.v1 import common_pb2
from tidegate.api.segmentation.v1 import experiments_pb2
from tidegate.segmentation.model.experiment import (
    Arm,
    ArmRole,
    Assignment,
    AssignmentSource,
    BucketRange,
    Epoch,
    Experiment,
    ExperimentState,
    Given,
)
from tidegate.segmentation.wire.values import read_instant, write_instant, write_optional

ROLES: Mapping[ArmRole, Any] = {role: experiments_pb2.ArmRole.Value(f"ARM_ROLE_{role.name}") for role in ArmRole}
SOURCES: Mapping[AssignmentSource, Any] = {
    source: experiments_pb2.AssignmentSource.Value(f"ASSIGNMENT_SOURCE_{source.name}") for source in AssignmentSource
}
_STATES: Mapping[ExperimentState, Any] = {
    state: experiments_pb2.ExperimentState.Value(f"EXPERIMENT_STATE_{state.name}") for state in ExperimentState
}


def read_experiment(message: experiments_pb2.Experiment) -> Experiment:
    """What the owner of an experiment decides."""
    return Experiment(
        experiment_id=message.experiment_id,
        display_name=message.display_name,
        description=message.description,
        arms=tuple(_arm(arm) for arm in message.arms),
        salt=message.salt,
        etag=message.etag,
    )


def read_given(message: experiments_pb2.ImportedAssignment) -> Given:
    """An assignment that was made elsewhere."""
    time = read_instant(message.assign_time, "assign_time") if message.HasField("assign_time") else None
    return Given(message.customer_id, message.arm_id, time)


def write_experiment(experiment: Experiment) -> experiments_pb2.Experiment:
    """An experiment as callers read it."""
    return experiments_pb2.Experiment(
        experiment_id=experiment.experiment_id,
        display_name=experiment.display_name,
        description=experiment.description,
        arms=[_write_arm(arm) for arm in experiment.arms],
        state=_STATES[experiment.state],
        epoch=experiment.epoch,
        salt=experiment.salt,
        etag=experiment.etag,
        create_time=write_optional(experiment.created_at),
        update_time=write_optional(experiment.updated_at),
        start_time=write_optional(experiment.started_at),
        stop_time=write_optional(experiment.stopped_at),
    )


def write_assignment(assignment: Assignment) -> experiments_pb2.Assignment:
    """An assignment as callers read it."""
    return experiments_pb2.Assignment(
        experiment_id=assignment.experiment_id,
        customer_id=assignment.customer_id,
        arm_id=assignment.arm_id,
        role=ROLES[assignment.role],
        bucket=assignment.bucket,
        epoch=assignment.epoch,
        source=SOURCES[assignment.source],
        assign_time=write_instant(assignment.assigned_at),
        contaminated=assignment.contaminated,
    )


def write_result(customer_id: int, result: Assignment | common_pb2.ItemError) -> experiments_pb2.AssignResult:
    """One item of a batch: the assignment, or why there is none."""
    if isinstance(result, Assignment):
        return experiments_pb2.AssignResult(customer_id=customer_id, assignment=write_assignment(result))
    return experiments_pb2.AssignResult(customer_id=customer_id, error=result)


def write_epoch(epoch: Epoch) -> experiments_pb2.Epoch:
    """An epoch as callers read it."""
    return experiments_pb2.Epoch(
        epoch=epoch.epoch,
        salt=epoch.salt,
        start_time=write_instant(epoch.started_at),
        arm_counts=[experiments_pb2.ArmCount(arm_id=each.arm_id, customers=each.customers) for each in epoch.counts],
    )


def _arm(message: experiments_pb2.Arm) -> Arm:
    control = message.role == experiments_pb2.ARM_ROLE_CONTROL
    return Arm(
        message.arm_id,
        message.display_name,
        ArmRole.CONTROL if control else ArmRole.TREATMENT,
        message.share,
        tuple(BucketRange(each.start, each.end) for each in message.ranges),
    )


def _write_arm(arm: Arm) -> experiments_pb2.Arm:
    return experiments_pb2.Arm(
        arm_id=arm.arm_id,
        display_name=arm.display_name,
        role=ROLES[arm.role],
        share=arm.size,
        ranges=[experiments_pb2.BucketRange(start=each.start, end=each.end) for each in arm.ranges],
    )
