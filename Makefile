# make run     install what is locked, start PostgreSQL, serve the samples on http://127.0.0.1:8080
# make test    install what is locked for developers, check, then every test
# make help    the other targets

.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
ARGS ?=

.PHONY: help run venv install assets test check format bench tck screenshots wheel lock migration clean

# What the browser's files are made of.
BROWSER_SOURCES := package-lock.json web/build.mjs web/static/icons.json $(shell find web/islands web/static/css modeler -type f 2>/dev/null)

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run: .venv/run.stamp web/static/built/manifest.json ## serve bpmn_samples/ with an embedded PostgreSQL (ARGS="--port 9000" for options)
	@exec $(BIN)/pointsman serve --deploy bpmn_samples $(ARGS)

venv: $(BIN)/python

install: .venv/dev.stamp ## install everything for development

assets: web/static/built/manifest.json ## build what the browser loads

test: .venv/dev.stamp web/static/built/manifest.json .venv/browser.stamp check ## check, then every test against a PostgreSQL of its own
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

screenshots: .venv/dev.stamp web/static/built/manifest.json .venv/browser.stamp ## photograph every page into docs/screenshots/
	$(BIN)/python -m tests.web.screenshots $(ARGS)

wheel: .venv/dev.stamp web/static/built/manifest.json ## build the package, pages included, into dist/
	$(BIN)/python -m hatchling build

lock: .venv/dev.stamp ## write the lock files anew from pyproject.toml
	scripts/lock.sh

migration: .venv/dev.stamp ## write a migration from the declared tables (NAME=add_something)
	$(BIN)/python -m scripts.render_migration $(NAME)

clean: ## remove what was built, never the data in .pointsman/
	rm -rf .venv build dist node_modules web/static/built .hypothesis *.egg-info
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

web/static/built/manifest.json: $(BROWSER_SOURCES) | $(BIN)/python
	@scripts/assets.sh requirements-node.txt

# Tests of the pages drive a Chromium: the system's, or one that is fetched where there is none.
.venv/browser.stamp: .venv/dev.stamp
	@scripts/browser.sh
	@touch $@

$(BIN)/python:
	@scripts/venv.sh .venv
