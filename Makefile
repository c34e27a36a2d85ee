# Everything a person or a CI run asks of this repository. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest $(if $(K),-k "$(K)")
ONLY ?= all

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: requirements-dev.lock pyproject.toml hack/setup
	hack/setup
	python3 -m venv $(VENV)
	hack/persist $(VENV)/bin/pip install --quiet --require-hashes -r requirements-dev.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: venv
venv: $(VENV)/.ready ## the Python environment of everything below

.PHONY: demo
demo: $(VENV)/.ready ## a cluster, the operator, an image from examples/, three hosts; leaves it up to play with
	$(PY) -m hack.demo up

.PHONY: demo-down
demo-down: $(VENV)/.ready ## takes down all that `make demo` made
	$(PY) -m hack.demo down

.PHONY: image
image: $(VENV)/.ready ## the image of examples/, without a cluster, into output/
	$(VENV)/bin/airship-images build examples --image worker --output output

.PHONY: check
check: $(VENV)/.ready ## lint, types and the import contract
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

.PHONY: test
test: check test-unit test-api test-builder test-cluster ## everything, under an hour on two cores

# built before pytest starts: a test's time limit is for the test
PROGRAMS := $(PY) -m hack.cluster binaries

.PHONY: test-unit
test-unit: $(VENV)/.ready ## pure parts; seconds
	$(PROGRAMS) helm
	$(PYTEST) tests/unit

.PHONY: test-api
test-api: $(VENV)/.ready ## a real etcd and kube-apiserver; minutes
	$(PROGRAMS) etcd kube-apiserver kubectl helm
	$(PYTEST) tests/api

.PHONY: test-builder
test-builder: $(VENV)/.ready ## real images, built and booted; minutes
	$(PYTEST) tests/builder

.PHONY: test-cluster
test-cluster: $(VENV)/.ready ## a whole Kubernetes, from kubectl apply to a patched host; a quarter of an hour
	$(PROGRAMS)
	$(PYTEST) tests/cluster

.PHONY: soak
soak: $(VENV)/.ready ## the property tests of test-unit, and what is killed at every point: builds, the operator
	$(PROGRAMS) etcd kube-apiserver kubectl helm
	HYPOTHESIS_PROFILE=soak $(PYTEST) tests/unit --timeout 7200
	HYPOTHESIS_PROFILE=soak $(PYTEST) tests/builder/test_kills.py
	HYPOTHESIS_PROFILE=soak $(PYTEST) tests/api/test_operator_kill.py tests/api/test_hosts_kill.py

.PHONY: bench
bench: $(VENV)/.ready ## one JSON line a figure; ONLY=builder|operator|all
	$(PY) -m tests.bench --only $(ONLY)

.PHONY: crds
crds: $(VENV)/.ready ## crds/ and the tables of docs/ again, from the models
	$(VENV)/bin/airship-images crds --output crds
	cp crds/*.yaml charts/airship-images/crds/
	$(PY) -m airship_images.api.reference docs

.PHONY: format
format: $(VENV)/.ready ## the formatter's opinion
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

LOCK := $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-find-links --no-header --no-annotate
.PHONY: lock
lock: $(VENV)/.ready ## the lock files again, from pyproject.toml
	$(LOCK) pyproject.toml --output-file requirements.lock
	$(LOCK) pyproject.toml --extra dev --constraints requirements.lock --output-file requirements-dev.lock

.PHONY: clean
clean: ## what the targets above left in this folder
	rm -rf $(VENV) output build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
