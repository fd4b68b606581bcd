"""Subscriptions: what is told while it happens, over graphql-transport-ws and over server-sent events."""
