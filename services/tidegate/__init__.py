"""Tidegate: four gRPC services for customer operations. Start reading at tidegate.cli."""
