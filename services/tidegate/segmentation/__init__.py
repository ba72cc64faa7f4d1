"""Segmentation: who belongs where, how good a customer is, which arm they are in, and what it was worth."""
