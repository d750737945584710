# Everything a stranger needs: quickstart, test, check, bench. All of it installs into .venv first.
PYTHON ?= python3
BIN := .venv/bin
# Tests run on every core already, so a test that takes all cores as well only waits for the others.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
# They compare with tensors of the processor; what needs a real GPU is in test-gpu.
NO_GPU := CUDA_VISIBLE_DEVICES=
PYRIGHT_CACHE := $(CURDIR)/.venv/pyright

.PHONY: install quickstart reproduce test test-slow test-gpu check bench clean

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
	$(NO_GPU) $(ONE_THREAD) $(BIN)/python -m pytest -n auto --dist loadfile -m 'not slow and not bench'

test-slow: install
	$(NO_GPU) $(ONE_THREAD) $(BIN)/python -m pytest -n auto --dist loadfile -m 'slow and not bench'

# Skips, and says so, where there is no GPU.
test-gpu: install
	$(BIN)/python -m pytest -q -s -p no:xdist tests/metrics/test_devices.py tests/bench/test_gpu.py

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PYRIGHT_PYTHON_CACHE_DIR=$(PYRIGHT_CACHE) $(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	$(NO_GPU) $(BIN)/python -m pytest -q tests/house

bench: install
	$(BIN)/python -m pytest -q -s -m bench -p no:xdist tests/bench

# Leaves storybench-reproduce, which takes 42 minutes to make again.
clean:
	rm -rf .venv storybench-quickstart
