"""The service's own database: definitions, memberships, runs, experiments, assignments, and the feed."""
