"""Checks of the repository itself, run by hand and in CI."""
