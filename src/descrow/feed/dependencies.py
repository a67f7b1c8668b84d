"""Define the dependency that gives a route the announcements; `descrow.app.api` provides it."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.feed.announcements import Announcements

WithAnnouncements = NamedDependency[SkipValidation[Announcements]]
"""`announcements`: who waits in this process for news."""
