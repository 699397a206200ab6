# The commands of the project. Everything is set up by uv from uv.lock; uv itself is
# fetched from the package index if it is not there.
.DEFAULT_GOAL := help
SHELL := /bin/sh
UV_VERSION := 0.9.0
TOOLS := .tools
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
PYTHON ?= python3
RUN := $(UV) run --frozen
CONFIG ?= rawan.toml
FUZZ_SECONDS ?= 40

.PHONY: help setup chromium run test test-slow check bench fuzz docs pictures clean

help: ## show the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(TOOLS)/bin/uv:
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --target $(TOOLS) 'uv>=$(UV_VERSION)' \
		|| { $(PYTHON) -m venv $(TOOLS) && $(TOOLS)/bin/python -m pip install --quiet 'uv>=$(UV_VERSION)'; }

setup: $(filter $(TOOLS)/bin/uv,$(UV)) ## set up the environment that uv.lock pins
	$(UV) sync --frozen --quiet

chromium: ## install Chromium for the tests of the page, if none is there
	@command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
		|| command -v google-chrome >/dev/null 2>&1 || [ -n "$$RAWAN_CHROMIUM" ] \
		|| { if [ "$$(id -u)" = 0 ]; then AS=; else AS=sudo; fi; \
			$$AS apt-get update -qq && $$AS env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; }

run: setup ## set up and run the main job: out/latest/index.html
	$(RUN) rawan run --config $(CONFIG)

test: setup chromium ## set up and run the tests
	$(RUN) pytest -m 'not slow' -q -n auto --maxprocesses 4 --dist loadfile

test-slow: setup chromium ## run all tests, also those that take minutes
	$(RUN) pytest -q -n auto --maxprocesses 4 --dist loadfile

check: setup ## format, lint, types, arrows and the lock file
	$(UV) lock --check --quiet
	$(RUN) ruff format --check
	$(RUN) ruff check
	$(RUN) mypy
	$(RUN) lint-imports
	$(RUN) python docs/generate.py --check

bench: setup ## run the benchmarks of speed: some minutes, 4 GB of disk
	$(RUN) python benchmarks/help_speed.py
	$(RUN) python benchmarks/backtest_speed.py
	$(RUN) python benchmarks/ingest_speed.py --tenth
	$(RUN) python benchmarks/score_speed.py
	$(RUN) python benchmarks/page_speed.py
	$(RUN) python benchmarks/plan_speed.py

fuzz: setup ## feed the readers broken files for some minutes (Linux)
	$(RUN) --group fuzz python fuzz/readers.py --seconds $(FUZZ_SECONDS)

pictures: setup chromium ## make the pictures of the docs from out/latest (LibreOffice, poppler)
	$(RUN) python docs/pictures.py

docs: setup ## write the generated pages of the docs anew
	$(RUN) python docs/generate.py

clean: ## remove what was built; data you put in and published runs stay
	rm -rf .venv $(TOOLS) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
