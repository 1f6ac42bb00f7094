# make demo and make test need Python 3.10 or newer and nothing else: each makes .venv and installs into it.
PYTHON ?= python3
BIN := .venv/bin
# Commands and tests start many processes: what one has compiled, the next need not. Some machines' settings forbid it.
export PYTHONDONTWRITEBYTECODE :=
# Compiling all that is installed takes longer than compiling what is imported.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# make demo PHOTOS=1 takes photographs instead of drawn scenes.
DEMO := .demo$(if $(PHOTOS),-photos)

.PHONY: install demo test lint wheel clean
install: .venv/installed

# --editable makes the command `cmc`, which runs what is in this folder.
.venv/installed: pyproject.toml $(wildcard requirements*.txt)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -r requirements-dev.txt
	$(PIP) --no-deps -r requirements-learned.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

test: install
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist worksteal

lint: install
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports

demo: install
	@$(BIN)/python -m cmc demo --root $(DEMO) $(if $(PHOTOS),--photos)

wheel: install
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf .demo .demo-photos .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
