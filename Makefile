# make run     install what is locked, start PostgreSQL, serve the samples on http://127.0.0.1:8080
# make test    install what is locked for developers, check, then every test
# make help    the other targets

.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
ARGS ?=

.PHONY: help run venv install test check format bench tck lock migration clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run: .venv/run.stamp ## serve bpmn_samples/ with an embedded PostgreSQL (ARGS="--port 9000" for options)
	@exec $(BIN)/pointsman serve --deploy bpmn_samples $(ARGS)

venv: $(BIN)/python

install: .venv/dev.stamp ## install everything for development

test: .venv/dev.stamp check ## check, then every test against a PostgreSQL of its own
	$(BIN)/python -m pytest -n logical --dist worksteal $(ARGS)

check: .venv/dev.stamp ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/dev.stamp ## let ruff mend what it can
	$(BIN)/ruff check --fix .

bench: .venv/dev.stamp build/bench/libraries ## measure this machine; ARGS are passed on
	$(BIN)/pointsman bench $(ARGS)

tck: .venv/dev.stamp ## run the DMN test kit in POINTSMAN_TCK, else our own cases (ARGS="--kit DIR --mode camunda")
	$(BIN)/python -m tests.tck.runner $(ARGS)

lock: .venv/dev.stamp ## write the lock files anew from pyproject.toml
	scripts/lock.sh

migration: .venv/dev.stamp ## write a migration from the declared tables (NAME=add_something)
	$(BIN)/python -m scripts.render_migration $(NAME)

clean: ## remove what was built, never the data in .pointsman/
	rm -rf .venv build dist .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

build/bench/libraries: tests/benchmarks/libraries.txt | .venv/dev.stamp
	@rm -rf $@ && $(BIN)/python -m pip --disable-pip-version-check --quiet install --target $@ --requirement $<
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --ignore-scripts --prefix $@ feelin@4; fi

# The stamps make a second `make run` instant. The developers' set contains the other one.
.venv/run.stamp: requirements.txt pyproject.toml | $(BIN)/python
	@if [ ! -e .venv/dev.stamp ]; then scripts/install.sh requirements.txt; fi
	@touch $@

.venv/dev.stamp: requirements-dev.txt pyproject.toml | $(BIN)/python
	@scripts/install.sh requirements-dev.txt
	@touch $@

$(BIN)/python:
	@scripts/venv.sh .venv
