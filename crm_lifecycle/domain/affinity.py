"""Which products go together, by EASE: Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019."""

import numpy as np
from scipy.linalg import lapack

# The ridge in units of the mean number of baskets a product is in. Chosen on sales before those of any test.
RIDGE = 1.5


def ease(gram: np.ndarray) -> np.ndarray:
    """Weights B of the closed form B = −P / diag(P), P = (G + λI)⁻¹, with a zero diagonal.

    ``gram``: square float32 array in Fortran order of how many baskets hold each pair, on its diagonal how many hold each product. It is
    overwritten, so that no second matrix of its size is needed. B[i, j] is what product i in a basket speaks for product j.

    :raise ValueError: if the matrix is not that of baskets (not positive definite with the ridge)
    """
    size = len(gram)
    if not size:
        return gram
    gram[np.diag_indices(size)] += np.float32(RIDGE * np.diag(gram).mean())
    factor, failed = lapack.spotrf(gram, lower=1, overwrite_a=1, clean=0)
    if not failed:
        inverse, failed = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed:
        raise ValueError("the matrix is not one of baskets")
    for row in range(size):  # the upper triangle, which is not computed
        inverse[row, row + 1 :] = inverse[row + 1 :, row]
    inverse /= -np.diag(inverse).copy()
    inverse[np.diag_indices(size)] = 0
    return inverse


def kept(weights: np.ndarray, counts: np.ndarray, most: int, alone: int) -> tuple[np.ndarray, np.ndarray]:
    """(row, column) of the pairs worth keeping, by row: of each row the ``most`` greatest positive weights, and the ``alone`` greatest counts."""
    cells = [
        column.astype(np.int64) + row.astype(np.int64) * weights.shape[1]
        for row, column, _value in (
            strongest(weights, most),
            strongest(counts, alone),
        )
    ]
    return np.divmod(np.unique(np.concatenate(cells)), weights.shape[1])


def strongest(weights: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(row, column, weight) of the ``most`` greatest positive weights of each row, the greatest first."""
    most = min(most, weights.shape[1])
    if not weights.size:
        return np.empty(0, int), np.empty(0, int), np.empty(0, weights.dtype)
    columns = np.argpartition(-weights, most - 1, axis=1)[:, :most]
    values = np.take_along_axis(weights, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    columns, values = np.take_along_axis(columns, order, axis=1), np.take_along_axis(values, order, axis=1)
    rows, places = np.nonzero(values > 0)
    return rows, columns[rows, places], values[rows, places]
