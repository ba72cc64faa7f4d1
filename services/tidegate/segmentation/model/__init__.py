"""What segmentation speaks of: rules, segments, score models, experiments, reports."""
