# Habits. `just` is in the development environment: .venv/bin/just

set positional-arguments

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

# What there is
default:
    @just --list

# The product on real data, with the embedded database
demo *arguments:
    .ci/demo "$@"

# The server on the settings of this folder (.env, XRM_…)
serve *arguments:
    xrm serve "$@"

# Tests on both databases: `just test tests/core -k party`
test *arguments:
    pytest -n 2 --dist worksteal -m "not soak" "$@"

# Style, import directions, declared dependencies
lint:
    ruff check .
    ruff format --check .
    lint-imports --no-logo
    for member in core workflows plugins/*/; do (cd "$member" && deptry .) || exit 1; done

# Repairs what a machine can
format:
    ruff check --fix .
    ruff format .

# mypy strict over everything
types *arguments:
    mypy "$@"

# Everything, as continuous integration runs it
ci:
    .ci/run

# What takes too long for every change
soak *arguments:
    pytest -m soak "$@"

# Against SQL by hand, PostGraphile, dataloaders …: see benchmarks/README.md
bench *arguments:
    python -m benchmarks "$@"

# GraphiQL from its npm packages: docs/graphiql.md
graphiql:
    cd web/graphiql && npm ci && npm run build
