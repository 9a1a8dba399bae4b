"""The learners that trained regression is compared with have the losses of their closed forms, and none is passed."""

import pytest
import torch

from experiments.studies.regression_in_context import (
    conditions,
    gradient,
    kaczmarz,
    learners,
    loss,
    one_step,
    ridge,
)
from plastic import read
from plastic.slow import runs
from plastic.slow.task import task

SEQUENCES = 40_000
every_learner = pytest.mark.parametrize("name", ["gradient", "unit keys", "best sum"])
every_size = pytest.mark.parametrize(("points", "dimensions", "noise"), [(8, 4, 0.0), (3, 5, 0.0), (6, 4, 0.5)])


def sequences(points, dimensions, noise=0.0, many=SEQUENCES):
    made = task("in_context_regression", {"points": points, "dimensions": dimensions, "asked": 4, "noise": noise})
    return made.batch(many, torch.Generator().manual_seed(0))


@every_learner
@every_size
def test_a_learner_has_the_loss_of_its_closed_form(name, points, dimensions, noise):
    batch = sequences(points, dimensions, noise)
    expected, rates = learners(points, dimensions, noise)[name]
    assert loss(one_step(batch, points, rates), batch, points) == pytest.approx(expected, rel=0.02)


@every_learner
@every_size
@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_no_other_rate_is_better(name, points, dimensions, noise, factor):
    batch = sequences(points, dimensions, noise)
    _, rates = learners(points, dimensions, noise)[name]
    best, other = (one_step(batch, points, lambda x, by=by: by * rates(x)) for by in (1, factor))
    assert loss(best, batch, points) < loss(other, batch, points)


@every_size
def test_learners_are_in_order(points, dimensions, noise):
    batch = sequences(points, dimensions, noise)
    plain, unit, best = (learner[0] for learner in learners(points, dimensions, noise).values())
    assert loss(ridge(batch, points, noise), batch, points) < best < unit < plain


def test_least_squares_of_too_few_examples_explains_their_share():
    assert loss(ridge(sequences(3, 5), 3), sequences(3, 5), 3) == pytest.approx(1 - 3 / 5, rel=0.02)


def test_best_sum_has_no_better_neighbour_among_powers_of_length_and_of_y():
    """The derivation says that no g(x, y, q) helps: what other features of an example add explains nothing more."""
    points, batch = 8, sequences(8, 4)
    _, rates = learners(points, 4)["best sum"]
    left = batch.y[:, points:].double() - one_step(batch, points, rates)
    x, y = batch.x[:, :points, :-1], batch.x[:, :points, -1:]
    asked = batch.x[:, points:, :-1]
    size = x.norm(dim=-1, keepdim=True)
    features = [y * x, y * x / size, y**3 * x, y.tanh() * x / size, y.sign() * x]
    tried = torch.cat([asked @ f.sum(1).unsqueeze(-1) for f in features], -1).flatten(0, 1)
    left = left.flatten(0, 1)
    fitted = tried @ torch.linalg.lstsq(tried, left).solution
    assert (left - fitted).square().mean() > 0.995 * left.square().mean()


def test_delta_rule_with_unit_keys_loses_a_share_at_each_example():
    points, d, batch = 8, 4, sequences(8, 4, many=10_000)
    x, y = batch.x[:, :points, :-1], batch.x[:, :points, -1:]
    size = x.norm(dim=-1, keepdim=True)
    signals = {"pre": (x / size)[:, :, None], "post": (y / size)[:, :, None], "mod": torch.ones(*y.shape[:2], 1)}
    _, state = read("delta", signals)
    answers = batch.x[:, points:, :-1] @ state["w"][:, 0].mT
    assert loss(answers, batch, points) == pytest.approx(kaczmarz(points, d), rel=0.04)


def test_gradient_step_needs_more_examples_than_dimensions_to_explain_half():
    assert gradient(5, 4) == pytest.approx(0.5)
    assert gradient(4, 4) > 0.5


def network(name):
    torch.manual_seed(0)
    c = conditions(False)[name]
    return runs.network(task(c.task), runs.described(c.programmer, c.rule, c.width, c.options))


def answer(made, *examples):
    """To one question after examples [1, 1, 9], the last of the sequence."""
    question = torch.ones(1, 1, 9)
    return made(torch.cat([*examples, question], 1))[0, -1, 0]


@pytest.mark.parametrize(("name", "adds_up"), [("vanilla", True), ("vanilla, layer norms", False)])
def test_answer_is_a_sum_over_examples_without_layer_norms_alone(name, adds_up):
    made, (one, other) = network(name), torch.randn(2, 1, 1, 9)
    both, none = answer(made, one, other), answer(made)
    assert torch.isclose(both, answer(made, one) + answer(made, other) - none, rtol=0, atol=1e-12).item() is adds_up
