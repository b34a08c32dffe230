# Every command that a maintainer needs. Each sets up what it uses: a clone and Python 3.11 are enough.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
DOCUMENTS := interactor coordinaitor

.PHONY: help setup demo test proof check generate drift lint types mypy pyright record stateful fuzz bench wheel clean

help:              ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup: $(STAMP)    ## the development environment, in .venv

$(STAMP): requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@command -v redis-server >/dev/null || apt-get install -qq -y redis-server >/dev/null 2>&1 || true  # where it may: tests that share work over Redis
	@touch $@

demo: $(STAMP)     ## a sandbox, and the tour in both colours against it
	$(BIN)/python examples/demo.py

test: $(STAMP)     ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

proof: $(STAMP)    ## the proofs in full size, with their figures
	PROOF=1 $(BIN)/python -m pytest -m proof --timeout 1200

check: $(STAMP)    ## generated code up to date, lint, types
	@$(MAKE) --no-print-directory --jobs 2 --output-sync pyright drift mypy lint

generate: $(STAMP) ## write generated/ anew from openapi/ and templates/
	@for one in $(DOCUMENTS); do $(BIN)/python -m tandem.codegen generate openapi/$$one.yaml generated/$${one}_api || exit; done

drift: $(STAMP)    ## name the generated files that differ from what the document says
	@for one in $(DOCUMENTS); do $(BIN)/python -m tandem.codegen check openapi/$$one.yaml generated/$${one}_api || exit; done

lint: $(STAMP)     ## format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: mypy pyright ## mypy strict, pyright strict

mypy: $(STAMP)
	$(BIN)/mypy

pyright: $(STAMP)
	$(BIN)/pyright

record: $(STAMP)   ## record the cassettes anew from a sandbox
	rm -rf tests/cassettes/recordings
	RECORD_CASSETTES=1 $(BIN)/python -m pytest tests/cassettes -q -p no:randomly

stateful: $(STAMP) ## the long conformance run: stateful, per resource
	STATEFUL_EXAMPLES=400 $(BIN)/python -m pytest tests/fuzzing/test_journeys.py -q

fuzz: $(STAMP)     ## a million made-up replies, and what became of them
	$(BIN)/python -m tests.conformance.fuzz 1000000

bench: benchmarks/.venv/.installed ## what calls cost beside httpx by hand and other SDKs, into benchmarks/results.md (needs nginx)
	@command -v nginx >/dev/null || test -x /usr/sbin/nginx || apt-get install -qq -y nginx-light >/dev/null 2>&1 || true
	benchmarks/.venv/bin/python -m benchmarks $(TOPICS)

benchmarks/.venv/.installed: benchmarks/requirements.txt pyproject.toml
	$(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

wheel: $(STAMP)    ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

clean:             ## remove what the other targets made
	rm -rf .venv benchmarks/.venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
