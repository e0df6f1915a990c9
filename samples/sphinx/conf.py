"""A little book with solutions: sphinx-build samples/sphinx out/sphinx."""

project = "Chain rule notes"
extensions = ["myst_parser", "derive.weave.sphinx"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_fence_as_directive = ["derive"]
derive_options = {"detail": "normal"}
html_css_files = ["formulas.css"]
html_static_path = ["_static"]
