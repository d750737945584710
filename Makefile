# Everything a stranger needs: quickstart, test, check, bench. All of it installs into .venv first.
PYTHON ?= python3
BIN := .venv/bin
# Tests run on every core already, so a test that takes all cores as well only waits for the others.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
PYRIGHT_CACHE := $(CURDIR)/.venv/pyright

.PHONY: install quickstart reproduce test test-slow check bench clean

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

quickstart: install
	$(BIN)/storybench quickstart

# The claims of StoryDALL-E's paper in miniature. It goes on where it was stopped.
reproduce: install
	$(BIN)/storybench reproduce storydalle storybench-reproduce

test: install
	$(ONE_THREAD) $(BIN)/python -m pytest -n auto --dist loadfile -m 'not slow and not bench'

test-slow: install
	$(ONE_THREAD) $(BIN)/python -m pytest -n auto --dist loadfile -m 'slow and not bench'

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYRIGHT_PYTHON_CACHE_DIR=$(PYRIGHT_CACHE) $(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/house

bench: install
	$(BIN)/python -m pytest -q -s -m bench -p no:xdist tests/bench

# Leaves storybench-reproduce, which takes 42 minutes to make again.
clean:
	rm -rf .venv storybench-quickstart
