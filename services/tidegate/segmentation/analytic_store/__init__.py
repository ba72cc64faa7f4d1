"""The analytic store: facts of customers in one DuckDB file that belongs to one process.

It holds what can be had again: facts from the feeds of identity and delivery, and copies of what the service's
database decides (memberships, arms, scores in force). A feed's cursor is written in the transaction of its
effect, so that a fact counts exactly once whenever the process is killed.
"""
