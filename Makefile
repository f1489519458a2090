PYTHON ?= python3
BIN := .venv/bin
SCENARIO ?= enactor-update
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)

# Some containers forbid byte-code caches; without them every start of the tool compiles what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup peers rehearse test test-all mutants lint types synth sbom docs dist changelog bench clean

help: ## say what the targets do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## get everything this checkout needs; needs python3 >= 3.11 and nothing else
	@$(PYTHON) tools/setup.py

rehearse: setup ## rehearse SCENARIO (enactor-update) on the embedded AWS
	@twinstage rehearse $(SCENARIO) --local

lint: setup ## ruff, import directions, lock
	ruff check .
	ruff format --check .
	lint-imports
	uv lock --check --quiet

types: setup ## mypy, strict
	mypy

peers: setup ## fetch what the contract suite and the benchmarks compare with
	@python tools/peers.py dynamodb-local dynalite dynamodump microburst locust hdrhistogram

test: lint types ## everything that CI runs
	@# The contract suite says so, and skips its comparison, where the peer is not to be had.
	-@command -v java >/dev/null && python tools/peers.py dynamodb-local
	pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long"

test-all: test synth bench ## and what takes long or needs peers
	pytest -m long -rsfE

mutants: setup ## how many seeded defects of the fixed enactor are rejected, and no harmless refactoring
	python -m tools.mutants

synth: setup ## write cdk.out for the sample snapshot, with cdk-nag
	python tools/synth.py

sbom: setup ## write .build/sbom.cdx.json: what is locked, as CycloneDX
	@mkdir -p .build
	uv export --quiet --frozen --all-groups --all-extras --preview-features sbom-export --format cyclonedx1.5 --output-file .build/sbom.cdx.json > /dev/null

docs: setup synth ## build the documentation's site: .build/docs/site/index.html
	@UV_PROJECT_ENVIRONMENT=.build/docs-environment uv sync --quiet --frozen --only-group docs
	PATH="$(PATH):$(CURDIR)/.build/docs-environment/bin" python -m tools.docs

dist: setup ## build wheel and sdist into dist/
	@rm -rf dist
	uv build --quiet --out-dir dist

changelog: setup ## turn changes/ into an entry of CHANGELOG.md: make changelog VERSION=0.2.0
	towncrier build --yes --version $(VERSION)

bench: peers ## measure, with peers in the same run
	python bench/run.py

clean: ## remove what was built
	rm -rf .build .twinstage cdk.out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
