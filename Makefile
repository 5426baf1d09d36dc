# Two commands matter: `make demo` and `make test`. Python 3.11 or newer, pip and make are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help install demo run test format lint types contracts pytest bench drill lock clean

help:  ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1|/' | column -t -s '|'

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

install: $(VENV)/.installed  ## only .venv, with the `concierge` command in it

demo: $(VENV)/.installed  ## the product with stand-ins for everything outside
	@$(BIN)/concierge demo

run: $(VENV)/.installed  ## the service, configured by concierge.toml
	@$(BIN)/concierge run

test: $(VENV)/.installed-dev  ## the whole gate: format, lint, types, import contracts, tests
	@$(BIN)/python -m tests.gate

bench: $(VENV)/.installed-dev  ## ratios against measured limits
	@$(BIN)/python -m bench

drill: $(VENV)/.installed-dev  ## the long fault suites
	@HYPOTHESIS_PROFILE=drill $(BIN)/python -m pytest -m drill tests

lock: $(VENV)/.installed-dev  ## resolve the dependencies anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/python -m tests.lock

clean:  ## remove .venv and what tools left
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
