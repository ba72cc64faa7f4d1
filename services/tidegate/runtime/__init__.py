"""Machinery that the services share. It knows no word of the business."""
