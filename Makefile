# Each target sets up .venv by itself. PYTHON names the interpreter to make it with (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEMO_HOME := demo/home
EVAL_HOME := demo/eval
EVAL_SAMPLE ?= 8
DEMO_TOPIC := The failure of the Ulver Barrage: causes, ignored warnings, money, consequences and reforms

.PHONY: setup models demo test check eval format bench endurance clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

models: $(STAMP)
	$(BIN)/wellread models pull --default

demo: models
	$(BIN)/wellread ingest examples/corpus --home $(DEMO_HOME)
	$(BIN)/wellread write "$(DEMO_TOPIC)" --words 1200 --home $(DEMO_HOME)
	@echo "Open the report.html named above in a browser."

test: models
	$(BIN)/python -m pytest -n 2

# A small suite over examples/: retrieval of all questions, answers to some against one baseline, and one page.
eval: models
	rm -rf $(EVAL_HOME)/evals/runs
	$(BIN)/wellread eval run retrieval --home $(EVAL_HOME) --gate "recall@5>=.8"
	$(BIN)/wellread eval run qa --home $(EVAL_HOME) --sample $(EVAL_SAMPLE) --baseline single-shot
	$(BIN)/wellread eval report --all --home $(EVAL_HOME) --out $(EVAL_HOME)/eval.html

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: models
	$(BIN)/python benchmarks/examples_report.py
	$(BIN)/python benchmarks/ingest_search.py $(if $(LARGE_DIR),--large-dir $(LARGE_DIR))

# Kills, full disks, broken endpoints, hostile files and texts; results go to docs/endurance.md.
endurance: models
	$(BIN)/python -m benchmarks.endurance

clean:
	rm -rf $(VENV) demo build dist
