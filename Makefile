# azureml-lineage: every way to use a checkout. `make` alone lists them.
PYTHON ?= python3
PORT   ?= 8000
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check -c .ci/constraints.txt
INDEX  := .lineage/index.db
SAMPLE := $(wildcard lineage/sample/*.jsonl*)

.DEFAULT_GOAL := help
.PHONY: help run test lint bench soak schema sample clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/' | awk -F: '{printf "  make %-8s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'azureml-lineage needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 run' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'python cannot make a virtual environment: install its venv package (Debian: python3-venv)' >&2; exit 1; }

$(VENV)/.installed: pyproject.toml .ci/constraints.txt | $(BIN)/python
	@echo 'installing azureml-lineage into $(VENV) (once) …'
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed
	@echo 'installing what the tests need into $(VENV) (once) …'
	@$(PIP) -e '.[test]'
	@touch $@

$(INDEX): $(VENV)/.installed $(SAMPLE)
	@$(BIN)/lineage crawl sample --index $(INDEX)

run: $(VENV)/.installed $(INDEX)  ## index the sample estate and serve it with three answers on 127.0.0.1:$(PORT)
	@$(BIN)/lineage serve --index $(INDEX) --port $(PORT)

test: $(VENV)/.installed-tests    ## lint, types, import contracts, and every test that ends in minutes
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -n 2 --dist loadfile -m 'not soak and not bench'

lint: $(VENV)/.installed-tests    ## format, style, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: $(VENV)/.installed-tests   ## figures beside their peers, in one run
	@$(PIP) -e '.[bench]'
	@$(BIN)/python -m tests.bench

soak: $(VENV)/.installed-tests    ## long fault, memory and load runs
	@$(BIN)/pytest -m soak

schema: $(VENV)/.installed        ## rewrite graphql/schema.graphql from the code
	@$(BIN)/python -m lineage.api.schema > graphql/schema.graphql.new && mv graphql/schema.graphql.new graphql/schema.graphql

sample: $(VENV)/.installed-tests  ## record the sample estate again from the emulator
	@$(BIN)/python -m tests.emulator.record_sample

clean:           ## remove what was built here: the environment, the sample's index, caches
	rm -rf $(VENV) .lineage .bench build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
