# Runwire's verbs. Every one sets up what it needs, so any of them works on a fresh clone.
# ARGS passes more on: make serve ARGS="--grpc-address 127.0.0.1:9090", make test ARGS="-k watch".

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install serve dashboard dashboard-dev test drill check check-types check-others fmt gen bench

BIN := .venv/bin
BUF := tests/js/node_modules/.bin/buf
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# A stamp is the file that says a set-up was done, so that doing it again costs nothing.
INSTALLED := .venv/.installed
DEV := .venv/.dev-installed
NODE := tests/js/node_modules/.installed
PAGES := tests/js-langgraph/node_modules/.installed
CHAT := examples/langgraph_agent/chat/node_modules/.installed
DASHBOARD := clients/dashboard/node_modules/.installed
$(PAGES) $(CHAT): NODE_VERSION := 20
$(DASHBOARD): NODE_VERSION := 20.19

# Where the machine has no Node, or an old one, tools/setup.sh puts one there.
export PATH := $(CURDIR)/.tools/node/bin:$(PATH)

# Images for containers like to set it. Here servers are started again and again: what is compiled
# each time costs half a second of each start, and ten of each process that collects tests.
unexport PYTHONDONTWRITEBYTECODE

help: ## List the verbs.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

install: $(INSTALLED) ## Make .venv with Runwire and its client; leaves .venv/bin/runwire.

serve: $(INSTALLED) ## Start a server with the example graphs; needs nothing but Python, and Node for the dashboard.
	@$(BIN)/python tools/dashboard.py --if-possible
	@echo "Once it serves, try the example on real data, in another terminal:"
	@echo "  $(BIN)/runwire run data_quality --artifact table=examples/data_quality/orders.csv --watch"
	@exec $(BIN)/runwire serve $(ARGS)

dashboard: $(INSTALLED) $(DASHBOARD) ## Build the dashboard into the server's package, if its sources have changed.
	@$(BIN)/python tools/dashboard.py

dashboard-dev: $(DASHBOARD) ## Serve the dashboard's sources as they change, for the server at RUNWIRE_URL.
	@cd clients/dashboard && exec npm run dev -- $(ARGS)

# In three processes, since tests wait as often as they work; a file in one of them; ARGS="-n 0" runs all in one, for a debugger.
test: $(DEV) $(NODE) $(PAGES) $(CHAT) $(DASHBOARD) ## Run the whole test suite.
	@sh tools/setup.sh postgres
	@sh tools/setup.sh chromium
	@$(BIN)/python tools/dashboard.py
	@echo "npm test in clients/dashboard"
	@cd clients/dashboard && npm test --silent
	@echo "pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)"
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

# Each test prints one line of JSON; the file is what tools/drill_table.py makes a table from.
drill: $(DEV) ## Run the long fault suite (tests/faults) and put its figures into the README.
	@rm -f build/drill.jsonl && mkdir -p build
	RUNWIRE_DRILL=long RUNWIRE_DRILL_REPORT=$(CURDIR)/build/drill.jsonl \
		$(BIN)/python -m pytest tests/faults -q -s $(ARGS)
	$(BIN)/python tools/drill_table.py build/drill.jsonl

# What mypy needs alone takes as long as everything else, so it goes beside that.
check: $(DEV) $(NODE) $(DASHBOARD) ## Lint, types, layers, protos, and whether generated files are fresh.
	@$(MAKE) --no-print-directory -j2 check-types check-others

check-types:
	$(BIN)/mypy
	$(BIN)/mypy tools

check-others:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BUF) lint
	$(BUF) format --diff --exit-code protos
	sh tools/breaking.sh $(BUF)
	$(BIN)/python tools/generate.py --check
	$(BIN)/python tools/status_diagram.py --check
	$(BIN)/python tools/openapi.py --check
	cd clients/dashboard && npm run check --silent && npm run gen --silent -- --check
	$(BIN)/python tools/dashboard.py

fmt: $(DEV) $(NODE) $(DASHBOARD) ## Format the code and mend what can be mended by itself.
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	$(BUF) format --write protos
	cd clients/dashboard && npm run format --silent

gen: $(DEV) $(DASHBOARD) ## Make the generated files again: protos, the sync client, docs/run-status.md, docs/openapi.json, the dashboard's types.
	$(BIN)/python tools/generate.py
	$(BIN)/python tools/status_diagram.py
	$(BIN)/python tools/openapi.py
	cd clients/dashboard && npm run gen --silent

# What the benchmarks share is in files that begin with _. All of them take some 40 minutes.
bench: $(DEV) ## Measure everything into benchmarks/README.md; QUICK=1 only tries whether it works.
	@for benchmark in benchmarks/[!_]*.py; do \
		echo "$$benchmark $(if $(QUICK),--quick )$(ARGS)"; \
		$(BIN)/python "$$benchmark" $(if $(QUICK),--quick) $(ARGS) || exit 1; \
	done

$(INSTALLED): pyproject.toml clients/python/pyproject.toml tools/setup.sh
	@sh tools/setup.sh venv
	@echo "pip install runwire and runwire-client into .venv"
	@$(PIP) install --editable clients/python --editable .
	@touch $@

$(DEV): $(INSTALLED)
	@echo "pip install what tests and checks need into .venv"
	@$(PIP) install --editable clients/python --editable ".[dev]"
	@touch $@

$(NODE) $(PAGES) $(CHAT) $(DASHBOARD): %/node_modules/.installed: %/package.json %/package-lock.json %/.npmrc | $(INSTALLED)
	@sh tools/setup.sh node $(NODE_VERSION)
	@echo "npm ci in $*"
	@cd $* && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
