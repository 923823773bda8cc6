"""What the tests of the engine share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Compute on one thread: for models of this size several only wait for each other."""
    torch = pytest.importorskip("torch", reason="evaluation is not installed: requirements-eval.txt")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
