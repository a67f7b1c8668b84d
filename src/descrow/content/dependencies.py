"""Define the dependency that gives a route what it keeps files with; `descrow.app.api` provides it."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.content.block_stores import BlockStore
from descrow.content.limits import UploadLimits

WithBlocks = NamedDependency[SkipValidation[BlockStore]]
"""`blocks`: what people have uploaded."""
WithUploadLimits = NamedDependency[SkipValidation[UploadLimits]]
"""`upload_limits`: how much they may."""
