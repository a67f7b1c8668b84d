"""Codes of refusals that routes which take files share."""

UPLOAD_REFUSALS = (
    "block_store_unavailable",
    "content_too_large",
    "content_type_not_allowed",
    "picture_not_readable",
    "picture_too_complex",
    "picture_too_large",
    "pictures_unavailable",
    "storage_full",
    "too_many_pictures",
    "too_many_uploads",
    "upload_quota_reached",
)
"""Refusals of a file that is uploaded."""
