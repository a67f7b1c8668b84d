"""Attacks by anybody on the network, and what an honest client notices of them: `python -m tests.abuse`."""
