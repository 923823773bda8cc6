"""Imports Gradio without the work it does for editors, which takes half of its import time (benchmarks/start.py).

While it is imported, Gradio 5 parses the source of each of its components and rewrites the type stubs that lie beside
them in site-packages. Nothing at run time reads those. Import this module before anything that imports Gradio.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

_MODULE, _FUNCTION = "gradio.component_meta", "create_or_modify_pyi"


class _StubWriterSilencer(importlib.abc.MetaPathFinder):
    """Finds the one module as usual, and replaces its writer of stubs once it has been loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if fullname != _MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def load_and_silence(module: ModuleType) -> None:
            load(module)
            if hasattr(module, _FUNCTION):
                setattr(module, _FUNCTION, _write_no_stub)

        spec.loader.exec_module = load_and_silence  # type: ignore[method-assign]
        return spec


def _write_no_stub(*_arguments: object) -> None:
    """Stand in for Gradio's writer of stubs."""


if _MODULE not in sys.modules:
    sys.meta_path.insert(0, _StubWriterSilencer())

import gradio  # noqa: E402, F401 - imported for its effect
