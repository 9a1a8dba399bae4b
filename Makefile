# The same commands here and in CI. `make` alone lists them.

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed

# The interpreter to build the environment with; by default the first of these that works.
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.11 python3.12 python3.13 python3)
USABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

# Tests run in parallel by process; threads inside them would only contend.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install test test-slow lint types format compare compare-quick results-training bench docs-table clean

help: ## this list
	@echo "make TARGET [ARGS='...'] [PYTHON=python3.12]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(STAMP) ## make .venv with everything the project needs

# The stamp is written last, so an interrupted install starts again.
$(STAMP): pyproject.toml constraints.txt
	@rm -f $@
	@$(BIN)/python -c 'import pip; $(USABLE)' 2>/dev/null && exit 0; \
	for python in $(PYTHONS); do \
		if "$$python" -c '$(USABLE)' >/dev/null 2>&1; then \
			echo "making $(VENV) with $$python"; exec "$$python" -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "plastic needs Python 3.11 or newer with its venv module, but none of these works: $(PYTHONS)." >&2; exit 1
	$(BIN)/python -m pip install -c constraints.txt -e '.[dev]'
	@touch $@

test: $(STAMP) ## run the tests, e.g. ARGS="-k delta"
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-slow: $(STAMP) ## run the tests that take a minute or more
	$(ONE_THREAD) $(BIN)/python -m pytest -n 2 --dist loadfile -m slow $(ARGS)

lint: $(STAMP) ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP) ## check types
	$(BIN)/mypy

format: $(STAMP) ## write the format and the safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

compare: $(STAMP) ## compare the rules: experiments, figures, report
	$(BIN)/plastic compare $(ARGS)

compare-quick: $(STAMP) ## the same on small settings, in minutes
	$(BIN)/plastic compare --quick $(ARGS)

results-training: $(STAMP) ## train the networks of all studies (35 minutes on two cores; goes on where it stopped)
	$(ONE_THREAD) $(BIN)/plastic study $(ARGS)

bench: $(STAMP) ## measure speed and memory on this machine
	$(BIN)/python -m experiments.bench $(ARGS)
	$(BIN)/python -m experiments.bench_engine
	$(BIN)/python -m experiments.bench_training
	$(BIN)/python -m experiments.bench_seeds
	$(BIN)/python -m experiments.bench_spikes

docs-table: $(STAMP) ## write the tables of rules and experiments into the docs
	$(BIN)/python -m plastic.lab.readme

clean: ## remove caches and build output (keeps .venv and results)
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
