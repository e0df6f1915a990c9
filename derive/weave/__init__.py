"""Documents: blocks of derive in Markdown and LaTeX are found, and their solutions put beside them."""
