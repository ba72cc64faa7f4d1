"""Generated from protos/ by protos/compile.py. Do not edit."""
