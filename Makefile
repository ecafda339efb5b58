# `make help` lists the targets. Everything is installed into .venv; nothing outside this folder is changed.

PYTHON ?= python3
RUN := .venv/bin/python -m

# Two trainings of two threads each on two cores are several times slower than of one: processes of one thread. One more
# than there are cores, since many tests wait for a browser, a server or a clock; four at most, for the memory. The tests of
# a file share what is dear to set up, so a file stays in one process; the longest files come first.
PROCESSES := $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
LONGEST := $(patsubst %,suite/%.py,tools/test_notebooks tools/test_jupyterlab course/test_explorer_page \
	course/test_wandb_server tools/test_watch course/test_classifier checks/test_corpus)
SUITE := OMP_NUM_THREADS=1 $(RUN) pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder \
	$(LONGEST) $(filter-out $(LONGEST),$(wildcard suite/*/test_*.py))

.DEFAULT_GOAL := help
.PHONY: help environment lab check watch progress coverage test test-all quick notebooks tour explore bench sources lint lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

environment:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) tools/environment.py
	@$(RUN) tools.git_notebooks

lab: environment ## open JupyterLab on the first notebook
	@$(RUN) tools.lab

check: environment ## grade your own exercises
	@$(RUN) tools.grade

watch: environment ## check an exercise each time you save its file
	@$(RUN) tools.watch

progress: environment ## the board: which exercises have passed, failed or are not attempted, and what is next
	@$(RUN) tools.progress

tour: environment ## run the notebooks with the reference solutions, and leave them as pages in tour/
	@$(RUN) tools.tour

explore: environment ## open the latent explorer in a browser, with the course's own weights
	@$(RUN) tools.explore

bench: environment ## how fast training is here, against what is possible
	@$(RUN) tools.bench

test: lint ## the project's own suite: lint, tests, every notebook with short trainings
	@$(SUITE) -m "not full"

test-all: lint ## the same, and every notebook with its full trainings: before a release
	@$(SUITE)

quick: lint ## a minute or so: no notebooks, no classifier, a part of the corpora
	@$(SUITE) -m "not full and not slow"

notebooks: environment ## that part of `make test` which runs the notebooks, with the solutions and with the stubs
	@$(RUN) pytest suite/tools/test_notebooks.py -m "not full"

coverage: environment ## which lines of checks/ the suite's tests of them run: 97 in 100 at least
	@OMP_NUM_THREADS=1 $(RUN) pytest -n $(PROCESSES) --dist loadfile suite/checks -m "not full" \
		--cov=checks --cov-report=term:skip-covered --cov-fail-under=97

lint: environment ## ruff and mypy, on everything but your exercises
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) tools.type_errors

sources: environment ## make exercises/ and notebooks/ anew from solutions/ and lessons/ (keeps yours in saved/)
	@$(RUN) tools.stubs
	@$(RUN) tools.notebooks

lock: environment ## make requirements.lock anew from requirements.txt; what it holds stays where it can
	@$(RUN) tools.lock
