# Each of `make demo` and `make test` sets up all it needs in .venv first.  Needed: git, make and Python 3.11 to 3.13
# with venv; uv is used where it is on the PATH.

VENV  := .venv
BIN   := $(VENV)/bin
PY    := $(BIN)/python
UV    := $(shell command -v uv 2>/dev/null)
CODE  := platform data strategies analytics
PYTHONS := python3 python3.13 python3.12 python3.11
IN_RANGE := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types contracts compiled unit bench peers verify overfitting book exchange simulate parity chaos fuzz soak lock clean distclean

BENCHMARKS := start bars_1m kernels_bar scaling long_history indicators risk orders sweep_vs_vectorbt sweep_scale \
              tick_backtest tick_calls tick_stream book_replay matching feed_decoding journal exchange tick_to_order \
              socket_to_order order_http fan_out soak

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

demo: $(VENV)/.runtime  ## set up for running, then the demonstration on real bars
	@$(call compile,$(CODE))
	$(BIN)/lockstep demo

# One process compiles; types are checked beside it.
test: lint contracts  ## set up for development, then lint, contracts, types and tests
	@$(MAKE) --no-print-directory --jobs=2 types compiled
	@$(MAKE) --no-print-directory unit

lint: $(VENV)/.dev  ## ruff: rules and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.dev  ## let ruff repair and format what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.dev  ## mypy in strict mode
	@$(PY) -P platform/lockstep/_layout.py type checking
	$(BIN)/mypy

contracts: $(VENV)/.dev  ## which layer may import what
	$(BIN)/lint-imports --no-logo

compiled: $(VENV)/.dev  ## compile what many tests call, once: two processes that lack it would each
	@$(call compile,$(CODE))
	$(PY) -m tests.compiling

unit: $(VENV)/.dev  ## the tests
	@$(call compile,$(CODE))
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder

bench: $(VENV)/.dev  ## measure speed and memory: a short run of every benchmark
	@$(call compile,$(CODE) benchmarks)
	@for name in $(BENCHMARKS); do $(PY) -m benchmarks.$$name --short || exit 1; done

peers: $(VENV)/.dev  ## compare results with backtesting.py and vectorbt, in environments of their own
	@$(call compile,$(CODE) benchmarks)
	$(PY) -m benchmarks.peers.compare

verify: $(VENV)/.dev  ## plant look-ahead and innocent code on many histories and seeds: is every verdict right?
	@$(call compile,$(CODE) benchmarks)
	$(PY) -m benchmarks.causality

overfitting: $(VENV)/.dev  ## is the overfitting report right? 500 searches in pure noise, 100 with a planted effect
	@$(call compile,$(CODE) benchmarks)
	$(PY) -m benchmarks.overfitting

book: $(VENV)/.dev  ## a million commands through the order book and a naive one: the same state after each?
	@$(call compile,$(CODE) benchmarks)
	$(PY) -m benchmarks.book_agreement

exchange: $(VENV)/.dev  ## a million commands through the exchange and a naive one: the same reports and state after each?
	@$(call compile,$(CODE) benchmarks)
	$(PY) -m benchmarks.matching_agreement

simulate: $(VENV)/.dev  ## ten thousand sessions in made worlds with crashes: does one break a rule?
	$(PY) -m tests.live.session.simulation --seeds 10000
	$(PY) -m tests.live.session.venue_simulation --seeds 10000

parity: $(VENV)/.dev  ## sessions of a million events on bars, quotes, L2 and L3: is each what the batch makes of its tape?
	$(PY) -m tests.vector.parity.million --events 1000000

chaos: $(VENV)/.dev  ## kill sessions a thousand times on paper and a thousand at an exchange: is anything lost, or there twice?
	$(PY) -m tests.live.session.chaos --kind forked --kills 1000
	$(PY) -m tests.live.session.chaos --kind venue --kills 1000

fuzz: $(VENV)/.dev  ## a hundred thousand made-up requests and fifty thousand frames to the gateway: does one find a fault?
	$(PY) -m tests.live.gateway.fuzzing --requests 100000

soak: $(VENV)/.dev  ## an hour beside a feed of 2,000 messages a second: does a session grow?
	@$(call compile,$(CODE) benchmarks)
	$(PY) -m benchmarks.soak

# --- set-up ----------------------------------------------------------------------------------------------------------
# One .venv serves both.  The development lock holds everything the runtime lock holds in the same versions (a test pins
# that), so it satisfies both stamps; installing the runtime lock adds and never removes.

$(VENV)/.runtime: requirements.lock pyproject.toml setup.py | $(PY)
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml setup.py | $(PY)
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.runtime

# PYTHONDONTWRITEBYTECODE may be set, and uv writes no byte code unless asked; without it every start takes a second more.
# Some packages ship files for other Pythons: what does not compile is left as it is.
compile = $(PY) -m compileall -qq -j 0 $(1) || true

ifneq ($(UV),)

$(PY):
	@for python in $(PYTHONS) '>=3.11,<3.14'; do \
	    case $$python in python*) $$python -c '$(IN_RANGE)' 2>/dev/null || continue ;; esac; \
	    echo "uv venv --python $$python $(VENV)"; exec $(UV) venv --quiet --python "$$python" $(VENV); \
	done

define install
UV_COMPILE_BYTECODE=1 $(UV) pip install --quiet --python $(PY) --require-hashes -r $(1)
$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --offline -e .
@$(call compile,$(CODE))
endef

lock:  ## pin the newest versions that pyproject.toml allows and the lock files do not hold yet
	$(call pin,requirements.lock,--group build)
	$(call pin,requirements-dev.lock,--extra jax --extra research --extra cluster --group dev)

pin = $(UV) pip compile pyproject.toml --quiet --universal --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-annotate --no-header $(2) -o $(1)

else

$(PY):
	@for python in $(PYTHONS); do \
	    $$python -c '$(IN_RANGE)' 2>/dev/null || continue; \
	    $$python -c 'import ensurepip, venv' 2>/dev/null || { \
	        echo "error: $$python has no venv; on Debian and Ubuntu: apt install $$python-venv" >&2; exit 1; }; \
	    echo "$$python -m venv $(VENV)"; exec $$python -m venv $(VENV); \
	done; \
	echo "error: Python 3.11, 3.12 or 3.13 expected, none of $(PYTHONS) is one: install one, with venv" >&2; exit 1

# Without --no-compile pip compiles on one core.
define install
@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip
$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $(1)
$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
@$(call compile,$(VENV)/lib $(CODE))
endef

lock:
	@echo "error: make lock needs uv on the PATH: python3 -m pip install uv" >&2; exit 1

endif

clean:  ## remove caches and what builds left
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage htmlcov
	rm -rf platform/*.egg-info
	find $(CODE) tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## clean, and remove .venv
	rm -rf $(VENV)
