"""Problem -> derivation: naming intermediates, one module a method, choosing a method, tidying as named rewrites."""
