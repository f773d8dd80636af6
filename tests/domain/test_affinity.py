import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_lifecycle.domain import affinity

baskets = st.lists(st.sets(st.integers(0, 7), min_size=1), min_size=1, max_size=30)


def gram_of(found, products=8):
    seen = np.zeros((len(found), products))
    for row, basket in enumerate(found):
        seen[row, sorted(basket)] = 1
    return np.asfortranarray(seen.T @ seen, dtype=np.float32)


@given(baskets)
def test_closed_form(found):
    gram = gram_of(found).astype(np.float64)
    inverse = np.linalg.inv(gram + affinity.RIDGE * np.diag(gram).mean() * np.eye(8))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(affinity.ease(gram_of(found)), expected, atol=1e-4)


def test_weights_best_predict_each_product_from_the_others():
    """The closed form minimises ‖X − XB‖² + λ‖B‖² with a zero diagonal: any step away from it makes it worse."""
    dice = np.random.default_rng(1)
    seen = (dice.random((60, 6)) < 0.4).astype(float)
    gram = seen.T @ seen
    ridge = affinity.RIDGE * np.diag(gram).mean()
    best = affinity.ease(np.asfortranarray(gram, dtype=np.float32)).astype(float)

    def loss(weights):
        return ((seen - seen @ weights) ** 2).sum() + ridge * (weights**2).sum()

    for _turn in range(50):
        step = dice.normal(size=best.shape) * 0.01
        np.fill_diagonal(step, 0)
        assert loss(best + step) > loss(best)


def test_what_is_no_matrix_of_baskets():
    with pytest.raises(ValueError):
        affinity.ease(np.asfortranarray([[0, 9], [9, 0]], dtype=np.float32))
    assert affinity.ease(np.zeros((0, 0), dtype=np.float32, order="F")).size == 0


@given(baskets, st.integers(1, 10))
def test_strongest(found, most):
    weights = affinity.ease(gram_of(found))
    rows, columns, values = affinity.strongest(weights, most)
    assert (values > 0).all()
    for row in range(len(weights)):
        positive = sorted((value for value in weights[row] if value > 0), reverse=True)[:most]
        assert values[rows == row].tolist() == positive
        assert [weights[row, column] for column in columns[rows == row]] == positive


@given(baskets, st.integers(1, 10), st.integers(1, 10))
def test_kept(found, most, alone):
    counts = gram_of(found)
    np.fill_diagonal(counts, 0)
    weights = affinity.ease(gram_of(found))
    rows, columns = affinity.kept(weights, counts, most, alone)
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    for matrix, number in ((weights, most), (counts, alone)):
        strong, others, _values = affinity.strongest(matrix, number)
        assert set(zip(strong.tolist(), others.tolist(), strict=True)) <= set(pairs)
    assert all(weights[pair] > 0 or counts[pair] > 0 for pair in pairs)
