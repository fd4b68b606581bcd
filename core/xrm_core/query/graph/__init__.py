"""Walking the graph: what is asked of relationships step by step, in compiled, guarded statements."""
