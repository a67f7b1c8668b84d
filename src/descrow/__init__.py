"""Descrow: a self-hosted escrow marketplace, paid in DOT or by M-Pesa."""

from importlib.metadata import version

__version__ = version("descrow")
