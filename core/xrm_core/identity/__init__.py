"""Who is asking: users, roles they hold, sessions they opened."""
