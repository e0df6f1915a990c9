"""Files of YAML, TOML and JSON as trees of texts that know their place; all that is wrong with one is told at once."""
