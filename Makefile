# What a person types. `make help` lists it. Stamp files in .state/ remember what is done.
PYTHON ?= python3.11
BIN := .venv/bin
RUN := PYTHONPATH=.:gen $(BIN)/python
PACKAGES := $(wildcard blocage chassis consigne deploy dev documents droit loadtests papier personne pilotage prefecture promesse services tests)
PROTOS := $(shell find proto -name '*.proto')
ONLY ?=
ARGS ?=
LIVES ?= 60
CALLS ?= 100000
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help run stop clock test test-rules fuzz test-faults test-pages test-volumes test-lives lint fix echanges rows journey load load-compare k8s-check proto proto-release lock ready

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: ready ## the whole system on this machine (PORT=8080, SEJOUR_DATA=out/run); Ctrl-C stops it
	@exec env PYTHONPATH=.:gen $(BIN)/python -m dev.run

stop: ready ## stops the system that `make run` started in SEJOUR_DATA
	@$(RUN) -m dev.stop

clock: ready ## says the legal day, or moves it: make clock TO=+10, TO=2027-03-12
	@$(RUN) -m dev.clock $(TO)

# Lint runs beside the tests, says one line when both have ended (all of it when it failed), and a red lint is a red test.
test: ready ## everything, lint too, on real components (ARGS="-k depot" for some)
	@mkdir -p out; $(MAKE) --no-print-directory lint >out/lint.log 2>&1 & lint=$$!; trap "kill $$lint" INT TERM; \
	$(RUN) -m pytest -n 3 --dist loadscope --no-loadscope-reorder --ignore=tests/pages -m "not volume" $(ARGS); tests=$$?; \
	if wait $$lint; then echo "lint: green"; exit $$tests; else cat out/lint.log; echo "lint: red"; exit 1; fi

test-rules: ready ## the law and the rules alone: seconds, no server
	@$(RUN) -m pytest tests/droit $$(find tests -name 'test_rules*' | sort) $(ARGS)

test-faults: ready ## what happens when a process, the broker or the store is killed
	@$(RUN) -m pytest tests/faults $(ARGS)

test-volumes: ready ## one percent of a national year, all of its visits, through the real actions (an hour or two)
	@$(RUN) -m pytest -m volume tests $(ARGS)

test-lives: ready ## other lives of three years each time, for ten minutes (LIVES=60); what a failure found is made short
	@VIE_EXEMPLES=$(LIVES) VIE_HASARD=1 VIE_REDUIRE=1 $(RUN) -m pytest tests/deposit/droits/test_trois_ans.py -k no_day $(ARGS); done=$$?; cat out/lives.txt; exit $$done

fuzz: ready ## calls drawn from the descriptions of the APIs (CALLS=100000); goes on after a kill, no error of ours
	@mkdir -p out && $(RUN) -m tests.fuzz $(CALLS)

test-pages: ready ## what people see
	@$(RUN) -m pytest tests/pages $(ARGS)

lint: ready ## style, types, imports, protobuf, the law's data
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/mypy $(PACKAGES)
	PYTHONPATH=.:gen $(BIN)/lint-imports
	$(BIN)/buf lint proto
	$(BIN)/buf breaking proto --against proto/released.binpb
	$(RUN) -m droit check

fix: ready ## what lint can mend by itself: style, order, layout
	$(BIN)/ruff check --fix-only $(PACKAGES)
	$(BIN)/ruff format $(PACKAGES)

echanges: ready ## docs/echanges.md from the code: who publishes, consumes, calls what
	@$(RUN) -m tests.architecture.echanges

rows: ready ## clauses of the requirements without proof in the last tests (ONLY=DEP, DEP-24 or DEP-24/a)
	@$(RUN) -m tests.rows $(ONLY)

conformance: ready ## a vendor tries the contract against its own system (DIALECT=csv URL=https://… ARGS="--jeton … --lieu CODE")
	@$(RUN) -m services.pan.conformite $(DIALECT) $(URL) $(ARGS)

journey: ready ## one person's whole way through the five channels, told step by step
	@$(RUN) -m dev.journey $(ARGS)

load: ready ## load, against the thresholds of loadtests/
	@$(RUN) -m loadtests.run $(ARGS)

load-compare: ready ## two versions by the reports of their runs (A="out/a1.json out/a2.json" B=out/b.json)
	@$(RUN) -m loadtests.compare $(A) -- $(B)

k8s-check: ready ## the manifests, built and checked offline
	@$(RUN) -m deploy.check

proto: .state/proto ## gen/ from proto/

proto-release: ready ## the messages as they are now become what `make lint` compares with
	$(BIN)/buf build proto -o proto/released.binpb

lock: .state/uv ## both lock files from pyproject.toml
	.state/uv.venv/bin/uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 -q -o requirements.lock
	.state/uv.venv/bin/uv pip compile pyproject.toml --group dev --generate-hashes --python-version 3.11 -q -o requirements-dev.lock

ready: .state/proto

.state/check: dev/check.py
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is missing. On Debian 12: apt install python3.11 python3-venv" >&2; exit 1; }
	@$(PYTHON) dev/check.py
	@mkdir -p .state && touch $@

# pip and not uv: it obeys the machine's own pip settings (mirror, proxy, certificates), which uv does not read. The
# lock is complete, so that nothing is resolved.
.state/venv: requirements-dev.lock | .state/check
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what requirements-dev.lock names in .venv (some minutes the first time)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.state/proto: $(PROTOS) | .state/venv
	@rm -rf out/gen && mkdir -p out/gen
	@$(BIN)/python -m grpc_tools.protoc -I proto --python_out=out/gen --grpc_python_out=out/gen \
		--mypy_out=quiet:out/gen --mypy_grpc_out=quiet:out/gen $(PROTOS)
	@rm -rf gen && mv out/gen gen
	@touch $@

.state/uv: dev/uv.lock | .state/check
	@test -x .state/uv.venv/bin/python || $(PYTHON) -m venv .state/uv.venv
	@.state/uv.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r dev/uv.lock
	@touch $@
