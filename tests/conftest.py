"""What every test can ask for."""

pytest_plugins = ["tests.postgres_plugin", "tests.installations"]
