"""Define how the API says no: one catalogue of everything that can be refused, and problem details (RFC 9457) for
each.
"""
