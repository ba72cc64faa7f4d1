# make demo | make test | make lint | make bench; each makes .venv first where there is none.

PYTHON ?= python3
BIN := .venv/bin
BUF_VERSION := 1.75.0
BUF := build/node/node_modules/.bin/buf

# Processes start here by the hundred: without what Python keeps of its compiling each begins with a second of it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint bench protos buf
.DEFAULT_GOAL := test

.venv/.ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable '.[postgres,push,simulators]' --group dev --group vendor-sdks
	touch $@

demo: .venv/.ready
	$(BIN)/tidegate demo $(DEMO)

test: .venv/.ready
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder $(TEST)

bench: .venv/.ready
	$(BIN)/python -m tests.bench $(BENCH)

lint: .venv/.ready buf
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python protos/compile.py --check

protos: .venv/.ready
	$(BIN)/python protos/compile.py

buf:
	@if command -v npm >/dev/null; then \
	  test -x $(BUF) || npm install --silent --no-fund --no-audit --prefix build/node @bufbuild/buf@$(BUF_VERSION); \
	  cd protos && ../$(BUF) lint; \
	else echo "buf lint: skipped, there is no npm here"; fi
