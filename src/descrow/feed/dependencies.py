"""Ask for the announcements as a parameter of a route; `descrow.app.api` provides them by this name."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.feed.announcements import Announcements

WithAnnouncements = NamedDependency[SkipValidation[Announcements]]
"""`announcements`: who waits in this process for news."""
