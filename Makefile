# A fresh machine needs Python 3.11 or later, make and the internet package registries.
# Each target sets up what it needs; stamp files make the second call quick.

PORT ?= 8000
SANDBOX_PORT ?= 8001
HOST ?= 127.0.0.1
export PORT SANDBOX_PORT HOST

PYTHON_FOR_RUN := .venv/run.stamp
PYTHON_FOR_TEST := .venv/test.stamp
VENDOR := static/vendor/vendor.stamp
TRANSLATIONS := webapp/translations/compiled.stamp
NODE_FOR_TEST := node_modules/test.stamp
PY := .venv/bin/python
UV_LOCK = .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run sandbox serve setup test lint messages bench wheel lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' Makefile

run: $(PYTHON_FOR_RUN) $(VENDOR) $(TRANSLATIONS) ## the console on PORT (8000), with a sandbox on SANDBOX_PORT (8001) that plays Stytch
	@$(PY) -m tools.run

sandbox: $(PYTHON_FOR_RUN) ## the sandbox alone, for a console on PORT
	@$(PY) -m tools.run sandbox

serve: $(PYTHON_FOR_RUN) $(VENDOR) $(TRANSLATIONS) ## the console alone, on PORT, with the settings of the environment
	@$(PY) -m tools.run console

setup: $(PYTHON_FOR_RUN) $(VENDOR) $(TRANSLATIONS) ## .venv, the browser files and the translations, for gunicorn by hand

# One more than there are cores: many tests wait, for what does not answer.
WORKERS = $$($(PY) -c "import os; print((os.cpu_count() or 1) + 1)")

test: lint ## lint, then every test, those in a real Chromium included
	@$(PY) -m tools.servers
	@chromium=$$($(PY) -m tools.chromium) && CHROMIUM="$$chromium" $(PY) -m pytest -q -n $(WORKERS) --dist loadfile

lint: $(PYTHON_FOR_TEST) $(NODE_FOR_TEST) $(VENDOR) $(TRANSLATIONS) ## formatting, types, templates
	@$(PY) -m tools.lint

messages: $(PYTHON_FOR_TEST) ## the texts of code and templates into webapp/translations/, for translators
	@$(PY) -m tools.translations update

bench: $(PYTHON_FOR_TEST) $(VENDOR) $(TRANSLATIONS) ## how fast it is, by docs/performance.md (SUBJECT=cpu: that alone; SAVE=--save: into the document)
	@chromium=$$($(PY) -m tools.chromium) && CHROMIUM="$$chromium" $(PY) -m bench $(SAVE) $(SUBJECT)

wheel: $(PYTHON_FOR_TEST) $(VENDOR) ## a wheel in dist/, to install the console beside a portal
	@rm -rf build/lib dist  # else files that are gone would get in once more
	@$(PY) -m uv build -q --wheel --no-build-isolation --offline

lock: $(PYTHON_FOR_TEST) ## write the lock files again from pyproject.toml and package.json (UPGRADE=--upgrade: newest versions)
	$(UV_LOCK) pyproject.toml -o requirements.txt
	$(UV_LOCK) pyproject.toml --extra tracing -c requirements.txt -o requirements-tracing.txt
	$(UV_LOCK) pyproject.toml --extra tracing --group dev -c requirements.txt -o requirements-dev.txt
	$(UV_LOCK) --group pyproject.toml:node -o requirements-node.txt
	@$(PY) tools/install.py npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts

clean: ## remove everything these targets made
	rm -rf .venv node_modules static/vendor $(TRANSLATIONS) webapp/translations/*/LC_MESSAGES/*.mo instance build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Order-only where it is used: the interpreter's own date means nothing, only whether it is there.
.venv/bin/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then exec $$python tools/install.py venv; fi; \
	done; echo "Python 3.11 or later is needed (found: $$(python3 --version 2>&1))." >&2; exit 1

$(PYTHON_FOR_RUN): requirements.txt | .venv/bin/python
	@$(PY) tools/install.py python requirements.txt && touch $@

$(PYTHON_FOR_TEST): requirements-dev.txt | .venv/bin/python
	@$(PY) tools/install.py python requirements-dev.txt && touch $@

$(VENDOR): package-lock.json tools/vendor.py | .venv/bin/python
	@$(PY) tools/install.py npm ci --omit=dev --ignore-scripts && $(PY) tools/vendor.py && touch $@

# Both lock files have Babel; whoever needs the translations names one of them first.
$(TRANSLATIONS): tools/translations.py $(wildcard webapp/translations/*/LC_MESSAGES/*.po) | .venv/bin/python
	@$(PY) -m tools.translations compile && touch $@

$(NODE_FOR_TEST): package-lock.json $(VENDOR) | .venv/bin/python
	@$(PY) tools/install.py npm ci --ignore-scripts && touch $@
