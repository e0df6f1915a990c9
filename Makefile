# The commands of the project; the CI runs the same ones. `make` alone lists them.
# Another Python: make test PYTHON=python3.12 VENV=.venv-3.12

PYTHON ?= python3
VENV ?= .venv
OUT ?= out
BIN = $(VENV)/bin

.PHONY: help demo test check golden fuzz bench docs images clean
.DELETE_ON_ERROR:

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(VENV)/.installed  ## work out the samples: Markdown, LaTeX, HTML and, where pdflatex is, PDF
	$(BIN)/python samples/demo.py $(OUT)

test: $(VENV)/.installed-dev  ## run the tests
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(VENV)/.installed-dev  ## run all that must hold before a commit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -n auto --dist loadfile

golden: $(VENV)/.installed-dev  ## write the expected outputs anew; read their diff before you commit them
	$(BIN)/python -m pytest --golden

fuzz: $(VENV)/.installed-dev  ## read a million strings, none of which may do harm
	$(BIN)/python tests/fuzz.py --count 1000000 --seed 1 -j 2

bench: $(VENV)/.installed  ## measure speed, growth and memory
	$(BIN)/python bench/run.py

docs: $(VENV)/.installed-dev  ## build the manual as a site
	$(BIN)/mkdocs build --quiet --strict

images: $(VENV)/.installed  ## draw the picture of the README anew; needs pdflatex and pdftoppm
	@mkdir -p $(OUT)
	$(BIN)/derive solve 'y = \sin(x^2)' --wrt x --format tex -o $(OUT)/solution.tex
	cd $(OUT) && pdflatex -no-shell-escape -halt-on-error -interaction=batchmode solution.tex
	pdftoppm -r 110 -x 90 -y 90 -W 730 -H 600 -png -singlefile $(OUT)/solution.pdf docs/images/solution

clean:  ## remove all that was made, the virtual environment too
	rm -rf $(VENV) $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "derive needs Python 3.11 or newer, and $(PYTHON) is: $$($(PYTHON) --version 2>&1)"; \
	  echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed
