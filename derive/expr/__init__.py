"""What an expression is: nodes, shapes, the function table, walks, numeric value, the bridge to SymPy."""
