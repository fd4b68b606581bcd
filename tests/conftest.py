"""What every test can ask for."""

from hypothesis import settings

pytest_plugins = ["tests.postgres_plugin", "tests.installations"]

# No test asserts a time: a busy machine must not fail a property that holds.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
