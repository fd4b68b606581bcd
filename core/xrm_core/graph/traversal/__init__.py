"""Walks through the graph: neighbourhoods and connections, level by level, on steps that somebody else takes."""
