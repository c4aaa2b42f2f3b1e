# Two commands do everything on a machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint kb unit docs bench wheel clean

demo: $(STAMP)
	@for case in examples/*.legit; do $(BIN)/legit assess $$case || exit 1; echo; done

test: lint kb unit docs

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

kb: $(STAMP)
	$(BIN)/legit kb check
	$(BIN)/legit kb test

unit: $(STAMP)
	$(BIN)/pytest

docs: $(STAMP)
	$(BIN)/mkdocs build --quiet --strict

bench: $(STAMP)
	$(BIN)/python benchmarks/decision.py

wheel: $(STAMP)
	$(BIN)/python -m build --wheel

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,stats]'
	touch $@

clean:
	rm -rf $(VENV) build dist site
