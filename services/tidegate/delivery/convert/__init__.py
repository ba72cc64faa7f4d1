"""Delivery's model as the contract has it, and back: a module for each part of it."""
