# One door to everything: `make help`. Set-up happens by itself and only once.
# ENGINE=docker or ENGINE=podman asks for that engine; without it, the first one that answers is used.

.ONESHELL:
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
.PHONY: help venv engine images check test explanations lab-test hostile suite conformance bench figures soak deaths outages shuffle repeat fuzz mutants clean distclean
ENGINE ?=
SECONDS ?= 60
PYTHON := .venv/bin/python
PYSPF := 2.0.14
SCENARIOS = .venv/bin/postfix-lab run -n auto $(if $(ENGINE),--engine $(ENGINE))
SHUFFLE = $(PYTHON) -m tests.endure.shuffle $(if $(ENGINE),--engine $(ENGINE))
SESSIONS := 20000
MOMENTS := 20
TIMES := 50
ORDERS := 10
RELEASES := 11,12,13
MUTANTS := 300
SEED :=
CONSTANTS :=
ifneq ($(filter-out docker podman,$(ENGINE)),)
$(error ENGINE=$(ENGINE) is no engine that the lab knows: say ENGINE=docker or ENGINE=podman)
endif

# $(call step,what is being done,command): says it, does it, says how long it took.
step = echo "$(1) ..."; start=$$(date +%s); $(2); echo "$(1): done in $$(( $$(date +%s) - start )) s"

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | while IFS='|' read -r target text; do
	  printf '  make %-12s %s\n' "$$target" "$$text"
	done
	echo "  ENGINE=docker|podman after any of them asks for that container engine."

venv: .venv/.complete ## the virtual environment .venv, from constraints.txt

.venv/.complete: pyproject.toml constraints.txt
	@find_python() {
	  for python in /usr/bin/python3 python3; do
	    if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
	      echo "$$python"; return
	    fi
	  done
	}
	python=$$(find_python)
	if [ -z "$$python" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	  $(call step,installing python3-venv,apt-get -qq update; \
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends python3 python3-venv >/dev/null)
	  python=$$(find_python)
	fi
	if [ -z "$$python" ]; then
	  echo >&2 "No Python 3.11 or later with venv was found: install one (Debian: apt-get install python3-venv)."; exit 2
	fi
	rm -rf .venv
	$(call step,making the virtual environment,"$$python" -m venv .venv)
	$(call step,installing the packages of constraints.txt,\
	  $(PYTHON) -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt setuptools; \
	  $(PYTHON) -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt \
	    --no-build-isolation --editable '.[dev]')
	touch $@

engine: .venv/.complete ## a container engine that answers: found, or set up
	@containers/engine.sh $(ENGINE)

images: engine ## the container images: found, or built
	@$(PYTHON) -m postfix_lab.engine.images ensure $(ENGINE)

check: .venv/.complete ## lint, types, import contracts and unit tests; needs no engine
	@$(call step,ruff,$(PYTHON) -m ruff check --quiet)
	$(call step,mypy,$(PYTHON) -m mypy --no-error-summary)
	$(call step,import contracts,.venv/bin/lint-imports --no-cache >.venv/contracts.txt || { cat .venv/contracts.txt; exit 1; })
	$(call step,unit tests,$(PYTHON) -m pytest -q -n $$(nproc) tests/unit)

test: check images suite ## every test: check, then the selftests, then all scenarios in a random order; SEED=n repeats it
	@$(call step,selftests,$(PYTHON) -m pytest $(if $(ENGINE),--lab-engine=$(ENGINE)) tests/selftest)
	seed=$(if $(SEED),$(SEED),$$(shuf -i 1-999999 -n 1))
	export PYTHONPATH="$(CURDIR)" PYTEST_ADDOPTS="$${PYTEST_ADDOPTS:-} -p tests.endure.shuffle_plugin --shuffle-seed=$$seed"
	$(call step,scenarios in the random order $$seed (SEED=$$seed repeats it),$(SCENARIOS) tests/scenarios tests/hostile)

explanations: images ## both suites traced on three releases, each decision compared with reply and log
	@$(PYTHON) -m pytest $(if $(ENGINE),--lab-engine=$(ENGINE)) --lab-debian=11,12,13 tests/selftest/explanations/test_explain.py

lab-test: images ## the suite of scenarios on three releases of Debian
	@$(SCENARIOS) tests/scenarios

hostile: images ## the scenarios of a hostile Internet, on three releases
	@$(SCENARIOS) tests/hostile

suite: .venv/pyspf-$(PYSPF)/.complete ## the SPF test suites: found, or fetched with pip (they are no part of this project)

.venv/pyspf-$(PYSPF)/.complete: .venv/.complete
	@mkdir -p $(@D)
	$(call step,fetching the SPF test suites of pyspf $(PYSPF),\
	  $(PYTHON) -m pip download -qq --disable-pip-version-check --no-input --no-deps --no-build-isolation \
	    --no-binary :all: -d $(@D) pyspf==$(PYSPF); \
	  tar -xzf $(@D)/pyspf-$(PYSPF).tar.gz -C $(@D) --strip-components=1)
	touch $@

conformance: images suite ## the SPF test suites through real mail hosts, compared with docs/conformance.md
	@.venv/bin/postfix-lab conformance $(if $(ENGINE),--engine $(ENGINE))

bench: images ## what the lab costs, compared with bare tools
	@$(PYTHON) -m bench.run $(if $(ENGINE),--engine $(ENGINE))

figures: images .venv/.figures ## the same and more, measured for docs/performance.md, which is written anew
	@$(PYTHON) -m bench.figures $(if $(ENGINE),--engine $(ENGINE))

.venv/.figures: .venv/.complete
	@$(call step,installing what draws the plot,\
	  $(PYTHON) -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt \
	    --no-build-isolation --editable '.[figures]')
	touch $@

soak: images ## 20,000 sessions, 32 at once, each compared with one alone; SESSIONS=n for another number
	@$(PYTHON) -m tests.endure.soak --sessions $(SESSIONS) $(if $(ENGINE),--engine $(ENGINE))

deaths: images ## kill -9 at MOMENTS=20 random moments for each victim; the next run has to be right
	@$(PYTHON) -m tests.endure.deaths --moments $(MOMENTS) $(if $(ENGINE),--engine $(ENGINE))

outages: images ## a second dockerd that is killed, and full disks; takes root
	@$(PYTHON) -m tests.endure.outages

shuffle: images ## both suites in ORDERS=10 random orders on each release, compared with the usual one; RELEASES=12 for one, SEED=n repeats
	@$(SHUFFLE) --orders $(ORDERS) --debian $(RELEASES) $(if $(SEED),--seed $(SEED))

repeat: images ## the suite of scenarios TIMES=50 times, without one flake
	@$(PYTHON) -m tests.endure.repeat --times $(TIMES) -- $(if $(ENGINE),--engine $(ENGINE))

fuzz: .venv/.atheris ## everything that reads what strangers write, SECONDS=60 for each target
	@$(call step,fuzzing,$(PYTHON) -m tests.fuzz.run --seconds $(SECONDS))
	$(call step,properties,$(PYTHON) -m pytest -q --hypothesis-profile=long tests/unit/hostile)

.venv/.atheris: .venv/.complete
	@$(call step,installing the fuzzer,\
	  $(PYTHON) -m pip install -qq --disable-pip-version-check --no-input -c constraints.txt atheris)
	touch $@

mutants: .venv/.complete ## mutants of the pure modules that the unit tests do not notice, of MUTANTS=300; SEED=n repeats a sample, CONSTANTS=1 changes constants as well
	@$(PYTHON) -m tests.mutants.run --mutants $(MUTANTS) $(if $(SEED),--seed $(SEED)) $(if $(CONSTANTS),--constants)

clean: ## remove what runs left behind: containers and temporary files
	@if [ -e .venv/.complete ]; then .venv/bin/postfix-lab clean $(if $(ENGINE),--engine $(ENGINE)); fi

distclean: clean ## also remove the images, the evidence and the virtual environment
	@if [ -e .venv/.complete ]; then $(PYTHON) -m postfix_lab.engine.images remove $(ENGINE) || true; fi
	rm -rf .venv .lab build *.egg-info .mypy_cache .ruff_cache
