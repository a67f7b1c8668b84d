"""The shape of a text of the catalogue."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """What one language says."""

    title: str
    happened: str
    advice: str

    @property
    def detail(self) -> str:
        """All of it that goes below a title."""
        return f"{self.happened} {self.advice}"


@dataclass(frozen=True)
class Text:
    """What a code means in English, whose title stands at the code's class, and in Swahili."""

    happened: str
    advice: str
    sw: Words

    def in_english(self, title: str) -> Words:
        return Words(title, self.happened, self.advice)
