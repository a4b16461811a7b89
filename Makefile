# Everything runs in .venv, made from constraints.txt: what users need, and on top of it what developers need.
# `make help` lists the targets.

PYTHON ?= python3
BIN := .venv/bin
WAREHOUSE := $(or $(TOKENMART_DUCKDB_PATH),tokenmart.duckdb)
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help
help:  ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "tokenmart needs Python 3.11 or later; name one with make PYTHON=python3.12"; exit 1; }
	@echo "Installing into .venv; the first time takes a minute."
	@$(PYTHON) -m venv .venv
	@$(INSTALL) '.[postgres,quality]'
	@touch $@

.venv/developing: .venv/ready
	@echo "Installing what the tests need into .venv; the first time takes a minute."
	@$(INSTALL) '.[dev]'
	@touch $@

profiles.yml:
	@cp profiles.yml.example $@

.PHONY: install
install: .venv/ready profiles.yml  ## Make .venv and profiles.yml

.PHONY: develop
develop: .venv/developing profiles.yml  ## The same, with what tests and lint need

.PHONY: demo
demo: install  ## Build and show the warehouse on sample data
	@$(BIN)/tokenmart demo

.PHONY: report
report: install  ## The warehouse on one page, a file to look at
	@$(BIN)/tokenmart report

.PHONY: picture
picture: install  ## The picture in README, of the demo's warehouse
	@$(BIN)/tokenmart report --picture docs/images/report.png

.PHONY: test
test: develop  ## What must pass before a change lands: a drawn part of every proof; SEED=… repeats it
	@$(PYTHON) .ci/stages.py lint types contracts pytest mutations

.PHONY: test-long
test-long: export TOKENMART_TEST_TIER := long
test-long: export TOKENMART_TEST_DBT := plain
test-long: develop  ## Every proof, nothing drawn, by dbt as it is; runs every night
	@$(PYTHON) .ci/stages.py lint types contracts pytest mutations

.PHONY: check
check: develop  ## What a change needs between edits: its lint, types, unit tests and pytest
	@$(BIN)/python .ci/check.py

.PHONY: lint
lint: develop  ## Style of SQL and Python
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python .ci/lint.py

.PHONY: types
types: develop  ## Types of the Python package
	@$(BIN)/mypy

.PHONY: pytest
pytest: develop  ## The tests, whole builds among them
	@$(BIN)/pytest

.PHONY: mutations
mutations: develop  ## Break promises of the counting in a copy, and see their tests fail
	@$(BIN)/python .ci/mutations.py

.PHONY: contracts
contracts: develop  ## What the last release promised, compared with what stands here
	@$(BIN)/python .ci/contracts.py

.PHONY: release
release: develop  ## Write what this version promises, for later ones to be compared with
	@$(BIN)/python .ci/contracts.py --release
	@$(BIN)/python tests/python/released.py

# Without a warehouse dbt would make an empty one.
.PHONY: docs
docs: export TOKENMART_DUCKDB_PATH := $(or $(wildcard $(WAREHOUSE)),:memory:)
docs: install  ## The documentation of the models, in one file that opens offline
	@$(BIN)/dbt --quiet docs generate --static --target-path build/docs
	@test "$$TOKENMART_DUCKDB_PATH" != ":memory:" -o "$$TOKENMART_TARGET" = postgres \
		|| echo "There is no warehouse at $(WAREHOUSE), so only contracts show types; \`make demo\` builds one."
	@echo "Open $(CURDIR)/build/docs/static_index.html in a browser."

.PHONY: focus
focus: develop  ## Check a FOCUS export with outsiders' validators, which need Python 3.12
	@$(BIN)/python .ci/focus.py

.PHONY: bench
bench: develop  ## What a build costs, all of a history and one more day; ROWS="1000000 10000000", ENGINE=postgres
	@$(BIN)/python benchmarks/speed $(if $(ROWS),--rows $(ROWS)) $(if $(ENGINE),--engine $(ENGINE)) $(BENCH)

.PHONY: bench-quality
bench-quality: develop  ## What validate costs beside plain SQL; ROWS=10000000 for more
	@$(BIN)/python benchmarks/quality.py --rows $(or $(ROWS),100000)

.PHONY: clean
clean:  ## Remove what was built, but for .venv and databases
	@rm -rf target logs build
