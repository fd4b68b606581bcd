"""What the readers found, written into the database: whole files in one unit of work each, twice the same as once."""
