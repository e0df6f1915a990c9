"""The engine: many formulas worked out in child processes, within limits, and remembered; files written whole."""
