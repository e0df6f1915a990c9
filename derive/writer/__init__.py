"""Expressions and derivations on paper: LaTeX, text, source, documents."""
