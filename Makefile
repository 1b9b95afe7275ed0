# `make` lists the commands. CI runs the same ones.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NODE_MAJOR := $(shell node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
EXTRAS := $(shell test "$(NODE_MAJOR)" -ge 18 2>/dev/null || echo requirements/node.txt)

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports house fuzz gates pages answers bench kill-matrix cassettes lock clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(READY): pyproject.toml requirements/dev.txt requirements/node.txt
	@$(PYTHON) -c 'import sys; sys.exit("partner-qa needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt $(addprefix -r ,$(EXTRAS))
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Judge the example integration and open-able reports
	@$(BIN)/partner-qa check --profile examples/acme_time/partner.yaml

test: $(READY) ## Run the machine's own tests, the house's, and judge the committed cassettes
	@$(BIN)/python -m pytest -q --numprocesses 3 --dist loadfile --no-loadscope-reorder tests
	@$(BIN)/python -m pytest -q conformance

house: $(READY) ## Inspect the house: items, spoilers, docs, floors
	@$(BIN)/python -m pytest -q tests/house

fuzz: $(READY) ## Ask the sandbox many more generated requests than `make test` does
	@PROOF_EXAMPLES=60 $(BIN)/python -m pytest -q tests/sandbox/proof

lint: $(READY) ## Format check and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(READY) ## Type check, strict
	@$(BIN)/mypy

imports: $(READY) ## Check that every file imports from lower floors only
	@$(BIN)/lint-imports

gates: lint types imports ## All gates but the tests

kill-matrix: $(READY) ## Prove that each check can fail: run every defect of the example
	@$(BIN)/partner-qa kill-matrix --all --output docs/reference/kill-matrix.json

pages: $(READY) ## Write docs/reference/ again, from the checklist, the suites and the schemas
	@$(BIN)/python docs/pages.py

answers: $(READY) ## Note again which answers the sandbox gives to its tests, for the page of it
	@ANSWERS_TO=tests/sandbox/answers.tsv $(BIN)/python -m pytest -q tests/sandbox --ignore tests/sandbox/proof

bench: $(READY) ## Run the benchmarks and print their tables
	@for each in benchmarks/*.py; do echo "== $$each"; $(BIN)/python $$each || exit 1; done

cassettes: $(READY) ## Record the committed cassettes of the example again
	@$(BIN)/partner-qa check --profile examples/acme_time/partner.yaml --no-report --cassettes cassettes/acme_time

lock: $(READY) ## Lock the dependencies again
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements/dev.txt
	@$(BIN)/uv pip compile requirements/node.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements/node.txt

clean: ## Remove what was set up and what runs wrote
	@rm -rf $(VENV) build dist
	@find reports -mindepth 1 -not -name README.md -delete
