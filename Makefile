# Two commands do everything on a machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.core
STAMP := $(VENV)/.installed
PIP := $(BIN)/pip --quiet --disable-pip-version-check
# The versions with which the checks passed. Where one of them cannot be had (another Python, another index), the newest
# that pyproject.toml allows are taken, and that is said.
LOCK := constraints.txt
UNLOCKED = echo "The versions of $(LOCK) cannot all be had here: taking the newest that pyproject.toml allows."

# The same files give the same wheel, byte by byte.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1735689600)

.PHONY: demo test fast lint kb unit coverage fuzz attack docs schemas tables bench bench-batch package mcp-typescript lock workbench clean

demo: $(CORE)
	@echo "legit assess examples"
	@$(BIN)/legit assess examples

test: lint kb unit docs package

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

kb: $(STAMP)
	$(BIN)/legit kb check
	$(BIN)/legit kb test --min-coverage 100
	$(BIN)/legit kb verify

# Whole files go to a worker each, since the tests of a file share what is slow to make.
unit: $(STAMP)
	$(BIN)/pytest -n auto --dist loadfile

# The tests to run while working: all that are neither slow nor fuzz. Some five minutes on two cores.
fast: $(STAMP)
	$(BIN)/pytest -n auto --dist loadfile -m "not slow and not fuzz"

# Which lines and branches the tests reach, in every process that they start. Takes twice as long as `unit`.
coverage: $(STAMP)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=100 --include='legit/engine/*,legit/judge.py'

# What an attacker finds: each fuzz target for FUZZ_SECONDS, guided by coverage, from the corpus that is kept. What breaks a target
# is written to `findings/`.
FUZZ_SECONDS ?= 3600
fuzz: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -c $(LOCK) -e '.[fuzz]'
	for target in text base case call log rules; do \
	  $(BIN)/python -m legit.testing.fuzz $$target --seconds $(FUZZ_SECONDS) --corpus tests/testing/fuzz_corpus || exit 1; \
	done

# Faults while a log is written, manipulations of its file, and an adversary who states false facts. About an hour on two free cores.
attack: $(STAMP)
	$(BIN)/python benchmarks/log_faults.py --kills 2000 --faults 500
	LEGIT_LONG=1 $(BIN)/pytest -s tests/decision_log/test_log_manipulations.py tests/decision_log/test_group_commit_schedules.py
	$(BIN)/python benchmarks/adversary.py --budget 10000 --list

docs: $(STAMP)
	$(BIN)/mkdocs build --quiet --strict

# The bundles of the workbench, from npm. They are committed: nobody needs npm to install or to test.
workbench:
	cd legit/workbench/frontend && npm ci --ignore-scripts --no-audit --no-fund && node node_modules/esbuild/install.js && node build.mjs

# The JSON Schemas of the published models; tests/model/test_schemas.py holds them to the models.
schemas: $(STAMP)
	$(BIN)/python -m legit.model.schemas docs/schemas
	$(BIN)/python -m legit.consult.schemas docs/schemas

# The tables of the predicates between rules and engine; tests/knowledge/test_protocol.py holds them to the code.
tables: $(STAMP)
	$(BIN)/python -m legit.knowledge.protocol_docs docs/authors.md

bench: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[compare]'
	$(BIN)/python benchmarks/decision.py
	$(BIN)/python benchmarks/parsing.py
	$(BIN)/python benchmarks/policy_engines.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/consultation.py

# Many cases at once, and other engines on the same decisions.
bench-batch: $(STAMP)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[compare,batch]'
	$(BIN)/python benchmarks/batch.py
	$(BIN)/python benchmarks/batch_engines.py --plots docs/plots
	$(BIN)/python benchmarks/batch_scaling.py --plots docs/plots

# The wheel carries grammar and knowledge base: it is installed in an empty environment and used from another folder.
package: $(STAMP)
	rm -rf dist build $(VENV)/package
	$(BIN)/python -m build --outdir dist . > /dev/null
	$(BIN)/python tests/support/check_distributions.py dist
	$(PYTHON) -m venv $(VENV)/package
	$(VENV)/package/bin/pip install --quiet --disable-pip-version-check dist/*.whl
	cd / && $(CURDIR)/$(VENV)/package/bin/legit assess $(CURDIR)/examples/07_hard_hats.legit > /dev/null
	cd / && LEGIT_CACHE= $(CURDIR)/$(VENV)/package/bin/python -c "import legit; print(legit.assess('The user is a tenant.').verdict.value)"
	LEGIT_CACHE= $(VENV)/package/bin/python -c "import legit; legit.assess('The user is a tenant.')"  # the checkout hides the package
	$(VENV)/package/bin/pip install --quiet --disable-pip-version-check langchain-mcp-adapters 'mcp>=1.30,<2'
	cd / && $(CURDIR)/$(VENV)/package/bin/python $(CURDIR)/tests/support/mcp_1_client.py
	$(VENV)/package/bin/pip install --quiet --disable-pip-version-check 'google-genai>=2,<4' httpx
	cd / && $(CURDIR)/$(VENV)/package/bin/python $(CURDIR)/tests/support/google_genai_client.py

# A client in another language: needs node and npm.
mcp-typescript: $(STAMP)
	npm install --silent --no-audit --no-fund --prefix $(VENV)/node '@modelcontextprotocol/sdk@^1'
	NODE_FOLDER=$(VENV)/node node tests/support/mcp_typescript_client.mjs $(BIN)/python

# The core alone: what a first look needs.
$(CORE): pyproject.toml $(LOCK)
	@echo "Making the environment $(VENV) and installing the core of legit there (once; about ten seconds) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-compile -c $(LOCK) -e . || { $(UNLOCKED); $(PIP) install --no-compile -e .; }
	@touch $@

$(STAMP): $(CORE)
	@echo "Installing what the checks need (once; about a minute) ..."
	@$(PIP) install -c $(LOCK) -e '.[dev,stats]' || { $(UNLOCKED); $(PIP) install -e '.[dev,stats]'; }
	@touch $@

# Write the versions of this environment, in which the checks have passed, as those that the Makefile installs.
lock: $(STAMP)
	$(BIN)/python .ci/lock.py > $(LOCK).new && mv $(LOCK).new $(LOCK)

clean:
	rm -rf $(VENV) build dist site
