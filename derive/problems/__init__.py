"""Problem sets: the file that a lecturer keeps, and the sheets, keys and pages that are built from it."""
