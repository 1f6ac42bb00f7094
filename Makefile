# make demo and make test need Python 3.10 or newer and nothing else: each makes .venv and installs into it.
PYTHON ?= python3
PY := .venv/bin/python
# make demo PHOTOS=1 takes photographs instead of drawn scenes.
DEMO := .demo$(if $(PHOTOS),-photos)

.PHONY: install demo test lint clean
install: .venv/installed

.venv/installed: requirements.txt requirements-dev.txt requirements-learned.txt
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-learned.txt
	touch $@

test: install
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist worksteal

lint: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

demo: install
	@$(PY) -m cmc demo --root $(DEMO) $(if $(PHOTOS),--photos)

clean:
	rm -rf .demo .demo-photos .mypy_cache .ruff_cache .pytest_cache
