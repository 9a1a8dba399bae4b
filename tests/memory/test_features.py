"""Feature maps: their sizes and what each is known for."""

import numpy as np
import pytest

from plastic.memory.features import dpfp, elu_plus_one, expansion, relu, winners
from plastic.rule import InputError

X = np.random.default_rng(0).standard_normal((3, 5, 16))


def test_elu_plus_one_is_positive_and_continuous():
    assert (elu_plus_one(X) > 0).all()
    assert elu_plus_one(np.array([-1e-9, 1e-9])) == pytest.approx([1, 1])


def test_relu_keeps_the_positive_part():
    np.testing.assert_array_equal(relu(X) - relu(-X), X)


@pytest.mark.parametrize("nu", [1, 2, 3])
def test_dpfp_has_two_nu_d_features_none_of_them_negative(nu):
    features = dpfp(X, nu)
    assert features.shape == (3, 5, 2 * nu * 16)
    assert (features >= 0).all()


def test_dpfp_multiplies_each_rectified_input_with_its_neighbours():
    np.testing.assert_array_equal(dpfp(np.array([1.0, 2.0, -3.0]), 1), [3, 2, 0, 0, 0, 0])
    np.testing.assert_array_equal(dpfp(np.array([1.0, 2.0, -3.0]), 2)[6:], [0, 6, 0, 0, 0, 0])


def test_dpfp_makes_random_keys_more_orthogonal():
    keys = np.random.default_rng(1).standard_normal((200, 32))

    def overlap(a):
        a = a / np.linalg.norm(a, axis=-1, keepdims=True)
        return (a @ a.T)[np.triu_indices(200, 1)].mean()

    assert overlap(dpfp(keys, 1)) < overlap(relu(keys)) < overlap(elu_plus_one(keys))


def test_every_cell_of_an_expansion_has_its_few_inputs():
    weights = expansion(np.random.default_rng(0), 16, 100)
    assert weights.shape == (100, 16)
    assert set(weights.sum(-1)) == {7}


def test_winners_are_the_largest_and_as_many_as_asked():
    active = winners(X, 0.25)
    assert set(active.sum(-1).ravel()) == {4}
    assert (np.where(active == 1, X, np.inf).min(-1) > np.where(active == 0, X, -np.inf).max(-1)).all()
    assert winners(X, 0.001).sum() == 15


@pytest.mark.parametrize(
    "wrong", [lambda: dpfp(X, 0), lambda: dpfp(X, 32), lambda: winners(X, 0), lambda: expansion(None, 3, 10)]
)
def test_a_map_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputError, match="give"):
        wrong()
