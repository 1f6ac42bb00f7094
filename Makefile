# make demo and make test need Python 3.10 or newer and nothing else: each makes .venv and installs into it.
PYTHON ?= python3
PY := .venv/bin/python
DEMO := .demo

.PHONY: install demo test lint clean
install: .venv/installed

.venv/installed: requirements.txt requirements-dev.txt
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

test: install
	OMP_NUM_THREADS=1 $(PY) -m pytest -n auto --dist worksteal

lint: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

demo: install
	@$(PY) -m tests.demo begin $(DEMO)
	$(PY) -m cmc reference --root $(DEMO)
	$(PY) script-i2t.py --root $(DEMO) --model_name tiny --model_dir $(DEMO)/models/llava
	$(PY) script-t2i.py --root $(DEMO) --mode all --input_path tiny --model_name tiny --model_dir $(DEMO)/models/sd --max_side 64 --steps 10
	$(PY) script-t2i.py --root $(DEMO) --mode all --model_name reference
	$(PY) script-evaluate.py --root $(DEMO) --target tiny reference
	$(PY) -m cmc report --root $(DEMO)
	@$(PY) -m tests.demo end $(DEMO)

clean:
	rm -rf $(DEMO) .mypy_cache .ruff_cache .pytest_cache
