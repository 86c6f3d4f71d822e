# Every target makes what it needs first: on a fresh clone, `make demo` is a complete first command.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.cellwise-installed
PYTEST := $(PY) -m pytest
CODE := interactive widgets tests benchmarks scripts

.PHONY: help setup demo lab test test-fast test-notebook test-slow test-browser check format bench \
	api-snapshot lock protos clean distclean

help: ## Show this list
	@echo "make TARGET, where TARGET is one of:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-17s%s\n", $$1, $$2}'

$(STAMP): pyproject.toml $(wildcard locks/*.txt) scripts/setup.sh scripts/setup_env.py
	@PYTHON="$(PYTHON)" sh scripts/setup.sh

setup: $(STAMP) ## Make .venv with the locked dependencies (the other targets do this when needed)

demo: $(STAMP) ## Run the penguins notebook from data to pushed model and show what each step did
	@status=0; $(VENV)/bin/cellwise run notebooks/penguins.ipynb --output-dir build/demo || status=$$?; \
	$(VENV)/bin/cellwise runs notebooks/penguins_pipeline --last || [ $$status != 0 ] || status=1; \
	printf '\nTo open the notebooks live, in JupyterLab: make lab\n'; exit $$status

lab: $(STAMP) ## Open the notebooks in JupyterLab
	$(VENV)/bin/jupyter lab --ServerApp.root_dir=notebooks $(if $(filter 0,$(shell id -u)),--allow-root)

test: test-fast test-notebook test-slow test-browser ## Run all tests

test-fast: $(STAMP) ## Run the tests that take seconds
	$(PYTEST)

# A group's tests are found by their mark; a group that has none yet says so, any other outcome is pytest's.
define run_group
	@if grep -rqE "mark\.$(1)\b" tests; then \
		echo "$(PYTEST) -m '$(2)'"; $(PYTEST) -m "$(2)"; \
	else echo "tests/ has no test marked '$(1)'."; fi
endef

test-notebook: $(STAMP) ## Run the tests that execute notebooks in a real kernel
	$(call run_group,notebook,notebook and not browser)

test-slow: $(STAMP) ## Run the tests that take longer than a few seconds
	$(call run_group,slow,slow and not notebook and not browser)

test-browser: $(STAMP) ## Run the tests that drive JupyterLab in headless Chromium
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		echo "test-browser: Chromium was not found. Debian: apt install chromium" >&2; exit 1; }
	$(call run_group,browser,browser)

check: $(STAMP) ## Lint, format check, types, import layers and the snapshot of the public API
	$(VENV)/bin/ruff check $(wildcard $(CODE))
	$(VENV)/bin/ruff format --check $(wildcard $(CODE))
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache
	$(PYTEST) -q tests/test_api_snapshot.py

format: $(STAMP) ## Format the code and apply the linter's safe repairs
	$(VENV)/bin/ruff check --fix $(wildcard $(CODE))
	$(VENV)/bin/ruff format $(wildcard $(CODE))

bench: $(STAMP) ## Run the benchmarks: benchmarks/*.py, except helpers that begin with _
	@for bench in benchmarks/[!_]*.py; do \
		[ -e "$$bench" ] || { echo "benchmarks/ has no benchmark yet."; exit 0; }; \
		echo "$(PY) $$bench"; $(PY) "$$bench" || exit 1; \
	done

api-snapshot: $(STAMP) ## Write the public API's names and signatures to tests/api_snapshot.txt
	$(PY) tests/test_api_snapshot.py

# uv.lock cannot say "this version below glibc 2.39, that one above", so there is one lock a family.
LOCK_ALL := pyproject.toml --all-extras --generate-hashes --custom-compile-command 'make lock' --quiet
UV = $$(command -v uv || echo .uv/bin/uv)

lock: $(STAMP) ## Resolve the dependencies anew and write locks/
	$(UV) pip compile $(LOCK_ALL) --upgrade --python-version 3.11 --python-platform x86_64-manylinux_2_36 \
		-o locks/glibc-2.36-py311.txt
	$(UV) pip compile $(LOCK_ALL) --upgrade --python-version 3.13 --python-platform x86_64-manylinux_2_39 \
		-o locks/glibc-2.39-py313.txt

# protoc 4.25: protobuf 4, 5 and 6 all load what it writes. It needs an older protobuf than the newer lock
# has, and setuptools with pkg_resources, so it runs in an environment of its own.
protos: $(STAMP) ## Generate interactive/proto/*_pb2.py from the .proto files
	$(UV) run --no-project --isolated --python 3.11 --with grpcio-tools==1.62.3 --with 'setuptools<80' \
		python -m grpc_tools.protoc -I. --python_out=. --pyi_out=. $(wildcard interactive/proto/*.proto)

clean: ## Remove build outputs, caches and what the demo wrote
	rm -rf build dist notebooks/*_pipeline notebooks/_out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +

distclean: clean ## Remove the virtual environment too
	rm -rf $(VENV) .uv
