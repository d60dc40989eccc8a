# `make run` and `make test` are all the set-up there is; `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
DEMO ?= 1
PIP_ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check -q install $(PIP_ARGS)
QUIET := HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false OMP_NUM_THREADS=1

.PHONY: help run test chromium lint bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/ready ## Install what is missing, load the demo (DEMO=0: not), serve on HOST:PORT
	@if [ "$(DEMO)" = 1 ]; then $(BIN)/afterword demo; fi
	@exec $(BIN)/afterword serve --host $(HOST) --port $(PORT)

test: chromium $(VENV)/ready-to-test ## Install what the tests need, Chromium included, then run every check
	@tests/check $(ARGS)

chromium:
	@tests/browser/install

lint: $(VENV)/ready-to-test ## Style, types and import directions only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: $(VENV)/ready-to-test ## The long measurements; writes the figures into eval/README.md
	$(QUIET) $(BIN)/python -m eval speed pages import simulate --write

clean: ## Remove the virtual environment and caches; keeps var/ with your data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: apt-get install python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip --disable-pip-version-check -q install $(PIP_ARGS) --upgrade "pip>=25.1"

$(VENV)/ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing (about three minutes the first time) …"
	$(PIP) -c constraints.txt -e .
	@touch $@

$(VENV)/ready-to-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing with what the tests need (about four minutes the first time) …"
	$(PIP) -c constraints.txt -e . --group dev
	@touch $@ $(VENV)/ready
