import pytest

import derive


@pytest.mark.parametrize(
    ("formula", "column"),
    [(r"y = \frac{x^2 e^{-x}}{\ln x} + \frac{\sin x}{2}", False), (r"y = \sin(x^2)", True)],
)
def test_reasons_stand_in_a_column_only_where_it_fits_on_the_page(formula, column):
    assert ("alignat*" in derive.render(derive.solve(formula, wrt="x"), "tex")) is column
