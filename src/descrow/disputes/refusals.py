"""Codes of refusals that the routes of disputes share."""

from descrow.content.refusals import UPLOAD_REFUSALS

UNFINISHED_REFUSALS = ("evidence_not_offered", "order_not_found", "thread_closed")
"""Refusals of a part of a file."""
EVIDENCE_REFUSALS = (*UPLOAD_REFUSALS, *UNFINISHED_REFUSALS, "idempotency_key_reused", "thread_full")
"""Refusals of a file that is added as evidence."""
DISPUTE_REFUSALS = ("dispute_not_found", "order_not_found")
"""Refusals of a dispute that is asked for."""
