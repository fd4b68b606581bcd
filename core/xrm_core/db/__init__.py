"""The two databases: engines, column types that answer alike on both, the unit of work, migrations."""
