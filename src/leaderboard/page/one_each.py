"""One thing at a time for each account, so that nobody keeps all others waiting."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class OneEach:
    """Knows which accounts have something under way in this process."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, account: str | None) -> Iterator[bool]:
        """Yield whether the account may begin now; its turn ends with the block, however that ends.

        Whoever has no account is the operator of a local copy, with nobody to keep waiting.
        """
        if account is None:
            yield True
            return
        with self._lock:
            may_begin = account not in self._under_way
            self._under_way.add(account)
        try:
            yield may_begin
        finally:
            if may_begin:
                with self._lock:
                    self._under_way.remove(account)
