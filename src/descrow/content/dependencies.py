"""Define the dependency that gives a route what it keeps files with; `descrow.app.api` provides it."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.content.block_stores import BlockStore
from descrow.content.limits import UploadLimits
from descrow.content.picture_workers import PictureWorkers

WithBlocks = NamedDependency[SkipValidation[BlockStore]]
"""`blocks`: what people have uploaded."""
WithUploadLimits = NamedDependency[SkipValidation[UploadLimits]]
"""`upload_limits`: how much they may."""
WithPictures = NamedDependency[SkipValidation[PictureWorkers]]
"""`pictures`: what opens the pictures that everybody may see."""
WithEvidencePictures = NamedDependency[SkipValidation[PictureWorkers]]
"""`evidence_pictures`: what opens the pictures of disputes, which wait for no others."""
