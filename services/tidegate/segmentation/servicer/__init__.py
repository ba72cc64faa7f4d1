"""The calls of segmentation: contract to model and back. What a later version brings answers UNIMPLEMENTED."""

from tidegate.segmentation.servicer.report_servicer import ReportServicer
from tidegate.segmentation.servicer.segmentation_servicer import SegmentationServicer

__all__ = ["ReportServicer", "SegmentationServicer"]
