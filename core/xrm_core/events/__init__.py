"""What happened: the audit log for people, the outbox for the work that follows."""
