# Two commands matter: `make demo` and `make test`. Everything runs from .venv, built from pinned hashes.
PYTHON ?= python3
PORT ?= 8765
RUNS ?= 50
SEED ?= 1
BIN := .venv/bin
SOURCES := bot handlers alerts tests benchmarks

.PHONY: help setup setup-test demo run check test bench chaos lock clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/run.stamp ## build .venv with what the product needs

setup-test: .venv/test.stamp ## build .venv with the test extras as well

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Cascade needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/test.stamp: .venv/run.stamp requirements/test.txt
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/test.txt
	@touch $@

demo: setup ## the main job on embedded defaults, in the browser
	$(BIN)/cascade demo --port $(PORT)

run: setup ## real Telegram, by the settings in the environment or in .env
	$(BIN)/cascade run

check: setup-test ## the fast part of the checks: format, lint, types, import direction
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check ## every check that CI runs; most tests wait for a clock tick, so they run beside each other
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

.venv-peers/stamp: requirements/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --require-hashes --requirement requirements/peers.txt
	@touch $@

bench: setup-test .venv-peers/stamp ## measure delivery and write the figures of docs/benchmarks.md anew (15 minutes)
	$(BIN)/cascade bench

chaos: setup-test ## kill the bot in broadcasts that fail, RUNS=50 times from SEED=1, and count what arrived (10 minutes)
	$(BIN)/python tests/chaos/chaos.py --runs $(RUNS) --seed $(SEED)

lock: ## pin the requirements anew (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		pyproject.toml requirements/build.in -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		--extra test -c requirements/run.txt pyproject.toml requirements/build.in -o requirements/test.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
		requirements/peers.in -o requirements/peers.txt

clean: ## remove what was built
	rm -rf .venv .venv-peers build *.egg-info .mypy_cache .ruff_cache .pytest_cache
