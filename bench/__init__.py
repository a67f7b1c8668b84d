"""Measurements: each compares with a peer or a raw limit in the same run. `python -m bench.<name>`."""
