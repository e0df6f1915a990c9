"""The rule tables: data, one row a rule."""
