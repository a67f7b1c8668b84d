"""Hold a bounded number of things that wait, by whose they are: where there are too many, the longest waiting leaves.

Refusing the newest instead would let a stranger who fills the room keep everybody else out of it.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Room(Generic[Key]):
    """Keep what waits in the order in which it came, by owner: an account, a network."""

    def __init__(
        self,
        send_away: Callable[[Key], None],
        *,
        most_of_an_owner: int | None,
        most: int | None = None,
    ) -> None:
        """`send_away` is called for what has to leave, which is out of the room by then."""
        self._send_away = send_away
        self._most_of_an_owner = most_of_an_owner
        self._most = most
        self._owners: dict[str, dict[Key, None]] = {}  # a dict keeps the order in which they came
        self._owner_of: dict[Key, str] = {}

    def enter(self, key: Key, owner: str) -> None:
        """Wait from now on; what waits already goes to the end."""
        self.leave(key)
        waiting = self._owners.setdefault(owner, {})
        waiting[key] = None
        self._owner_of[key] = owner
        if self._most_of_an_owner is not None and len(waiting) > self._most_of_an_owner:
            self._end_one_of(waiting)
        elif self._most is not None and len(self._owner_of) > self._most:
            self.make_room()

    def leave(self, key: Key) -> None:
        """Wait no longer; nothing happens where it did not wait."""
        owner = self._owner_of.pop(key, None)
        if owner is not None:
            waiting = self._owners[owner]
            del waiting[key]
            if not waiting:
                del self._owners[owner]

    def __contains__(self, key: Key) -> bool:
        return key in self._owner_of

    def make_room(self) -> bool:
        """Send one away of the owner who has most of them; False where nobody waits."""
        return self._end_one_of(max(self._owners.values(), key=len, default={}))

    def _end_one_of(self, waiting: dict[Key, None]) -> bool:
        longest = next(iter(waiting), None)
        if longest is None:
            return False
        self.leave(longest)
        self._send_away(longest)
        return True
