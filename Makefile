# Everything a person types: make run, make test, make check. Python 3.11 or newer is the only thing needed.
.DEFAULT_GOAL := help
.PHONY: help run test check format lock licenses

python := .venv/bin/python
locked := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Start everything (HOST=, PORT=, RESET=1, PYTHON=, OPTIONS="--no-simulation ...")
	@./bootstrap.sh run
	@exec $(python) manage.py dev $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)) $(if $(RESET),--reset) $(OPTIONS)

test: ## Run all tests in parallel, on embedded services unless DATABASE_URL and REDIS_URL are set
	@./bootstrap.sh dev
	@exec $(python) -m pytest -n logical $(OPTIONS)

check: ## Style, types, import law, settings and migrations
	@./bootstrap.sh dev
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	.venv/bin/djade --check --target-version 5.2 $$(git ls-files '*.html')
	.venv/bin/lint-imports
	.venv/bin/mypy
	$(production) $(python) manage.py check --deploy --fail-level WARNING
	DJANGO_SETTINGS_MODULE=dispatch_console.settings.test $(python) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

# Sane values, so that the check judges the settings and not their absence.
production := env DJANGO_SETTINGS_MODULE=dispatch_console.settings.production ALLOWED_HOSTS=dispatch.example \
	SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
	DATABASE_URL=postgres://dispatch@database.example/dispatch REDIS_URL=redis://redis.example:6379/0

format: ## Bring the code into the house style
	@./bootstrap.sh dev
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

lock: ## Resolve pyproject.toml anew into the pinned requirements
	@./bootstrap.sh dev
	$(locked) pyproject.toml --upgrade -o requirements.txt
	$(locked) pyproject.toml --upgrade --group dev --constraint requirements.txt -o requirements-dev.txt
	$(locked) pyproject.toml --upgrade --only-group setup -o requirements-uv.txt

licenses: ## List the licences of what is installed
	@./bootstrap.sh dev
	$(python) -m tests.architecture.third_party_licenses
