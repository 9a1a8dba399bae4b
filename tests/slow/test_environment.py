"""An environment rewards right answers, tells what came of them, and shows what its task says."""

import pytest
import torch

from plastic import InputError
from plastic.slow.environment import Environment
from plastic.slow.task import IGNORED, task

PUBLISHED = {"cues": 4, "bits": 20, "shown": 2, "trials": 30}
SIZES = [{}, PUBLISHED, {"cues": 6, "shown": 2, "trials": 40}, {"cues": 4, "bits": 2, "trials": 30}]
every_size = pytest.mark.parametrize("sizes", SIZES)


def drawn(size=64, seed=0, **sizes):
    made = task("target_discovery", sizes)
    return made, made.batch(size, torch.Generator().manual_seed(seed))


def trials(made, batch):
    """x and y by trial, [B, trials, steps, ...]."""
    return (part.unflatten(1, (made.trials, -1)) for part in batch)


def rewarded(made, batch, answers):
    """The share of answers [B, T] that are rewarded."""
    rewards = [made.act(batch, step, answers[:, step])[1] for step in range(answers.shape[1])]
    return torch.stack(rewards, 1)[batch.y != IGNORED].mean()


@every_size
def test_right_answers_are_all_rewarded_and_wrong_ones_never(sizes):
    made, batch = drawn(**sizes)
    assert isinstance(made, Environment)
    assert rewarded(made, batch, batch.y.clamp(min=0)) == 1
    assert rewarded(made, batch, 1 - batch.y.clamp(min=0)) == 0


@every_size
def test_best_constant_answer_is_rewarded_at_chance(sizes):
    made, batch = drawn(2000, **sizes)
    shares = [float(rewarded(made, batch, torch.full_like(batch.y, answer))) for answer in (0, 1)]
    assert max(shares) == pytest.approx(made.chance, abs=0.02)


def test_outcome_is_told_at_the_next_step_and_nothing_where_nothing_was_asked():
    made, batch = drawn(3)
    yes, no = torch.ones(3, dtype=torch.int64), torch.zeros(3, dtype=torch.int64)
    shown, reward = made.act(batch, 0, yes)
    assert torch.equal(shown, batch.x[:, 1])
    assert not reward.any()
    for answers, told in ((no, [1, 0]), (yes, [0, 1])):
        shown, reward = made.act(batch, 1, answers)
        assert torch.equal(reward.bool(), answers == batch.y[:, 1])
        assert torch.equal(shown[:, :-3], batch.x[:, 2, :-3])
        assert shown[:, -3:-1].tolist() == 3 * [told]
        assert torch.equal(shown[:, -1], reward)


def test_last_step_is_followed_by_its_outcome_alone():
    made, batch = drawn()
    shown, _ = made.act(batch, batch.x.shape[1] - 1, torch.zeros(64, dtype=torch.int64))
    assert not shown.any()


# Target discovery


@every_size
def test_trial_is_different_cues_a_question_and_an_outcome(sizes):
    made, batch = drawn(**sizes)
    x, y = trials(made, batch)
    cues, asking = x[:, :, : made.shown, : made.bits], x[:, :, made.shown, : made.bits]
    assert x.shape[2] == made.shown + 2
    assert set(cues.unique().tolist()) == {-1, 1}
    assert (cues[:, :, 0] != cues[:, :, -1]).any(-1).all() == (made.shown > 1)
    assert not asking.any()
    assert not x[:, :, -1].any()
    assert torch.equal(x[..., made.bits].mean((0, 1)), torch.tensor([0.0] * made.shown + [1, 0]))
    assert not x[..., made.bits + 1 :].any()
    assert set(y[:, :, made.shown].unique().tolist()) == {0, 1}
    assert (y != IGNORED).sum() == 64 * made.trials


@every_size
def test_right_answer_is_whether_the_target_was_shown(sizes):
    made, batch = drawn(**sizes)
    for x, y in zip(*trials(made, batch), strict=True):
        shown = [{tuple(cue) for cue in trial[: made.shown, : made.bits].tolist()} for trial in x]
        answers = y[:, made.shown].tolist()
        cues = set.union(*shown)
        assert len(cues) == made.cues
        assert len([cue for cue in cues if [cue in group for group in shown] == answers]) == 1  # the target


def test_episodes_differ_in_their_cues():
    _, (x, _) = drawn(200)
    assert len({tuple(step) for step in x[:, 0].tolist()}) > 100


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        ({"cues": 5, "bits": 2}, "cues of target_discovery is 5; give at most 4, so many as 2 bits keep apart"),
        ({"shown": 2}, r"shown of target_discovery is 2; give fewer than cues \(2\)"),
        ({"discount": 1.5}, "discount of target_discovery is 1.5; give a number from 0 to 1"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_in_one_sentence(sizes, says):
    with pytest.raises(InputError, match=says):
        task("target_discovery", sizes)
