"""An environment rewards right answers, tells what came of them, and shows what its task says."""

import pytest
import torch

from plastic import InputError
from plastic.slow.environment import Environment
from plastic.slow.task import IGNORED, task

SIZES = [{}, {"cues": 3, "trials": 4}, {"cues": 6, "bits": 20}, {"cues": 4, "bits": 2}]
every_size = pytest.mark.parametrize("sizes", SIZES)


def drawn(size=64, seed=0, **sizes):
    made = task("target_discovery", sizes)
    return made, made.batch(size, torch.Generator().manual_seed(seed))


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
    made, batch = drawn(5000, **sizes)
    shares = [float(rewarded(made, batch, torch.full_like(batch.y, answer))) for answer in (0, 1)]
    assert max(shares) == pytest.approx(made.chance, abs=0.02)


def test_outcome_is_told_at_the_next_step_and_nothing_where_nothing_was_asked():
    made, batch = drawn(3)
    yes, no = torch.ones(3, dtype=torch.int64), torch.zeros(3, dtype=torch.int64)
    shown, reward = made.act(batch, 0, yes)
    assert torch.equal(shown, batch.x[:, 1])
    assert not reward.any()
    for answers, told in ((no, [1, 0]), (yes, [0, 1])):
        shown, reward = made.act(batch, 2, answers)
        assert torch.equal(reward.bool(), answers == batch.y[:, 2])
        assert torch.equal(shown[:, :-3], batch.x[:, 3, :-3])
        assert shown[:, -3:-1].tolist() == 3 * [told]
        assert torch.equal(shown[:, -1], reward)


def test_last_step_is_followed_by_its_outcome_alone():
    made, batch = drawn()
    shown, _ = made.act(batch, batch.x.shape[1] - 1, torch.zeros(64, dtype=torch.int64))
    assert not shown.any()


# Target discovery


@every_size
def test_trial_is_two_different_cues_a_question_and_an_outcome(sizes):
    made, (x, y) = drawn(**sizes)
    trials, answers = x.unflatten(1, (made.trials, 4)), y.unflatten(1, (made.trials, 4))
    cues = trials[:, :, :2, : made.bits]
    assert set(cues.unique().tolist()) == {-1, 1}
    assert (cues[:, :, 0] != cues[:, :, 1]).any(-1).all()
    assert not trials[:, :, 2:, : made.bits].any()
    assert torch.equal(trials[..., made.bits].mean((0, 1)), torch.tensor([0.0, 0, 1, 0]))
    assert not trials[..., made.bits + 1 :].any()
    assert (answers[:, :, [0, 1, 3]] == IGNORED).all()
    assert set(answers[:, :, 2].unique().tolist()) == {0, 1}


@every_size
def test_right_answer_is_whether_the_target_was_shown(sizes):
    made, (x, y) = drawn(trials=40, **{name: n for name, n in sizes.items() if name != "trials"})
    for steps, answers in zip(x.unflatten(1, (40, 4)).tolist(), y[:, 2::4].tolist(), strict=True):
        shown = [{tuple(step[: made.bits]) for step in trial[:2]} for trial in steps]
        cues = set.union(*shown)
        assert len(cues) == made.cues
        fits = [cue for cue in cues if [int(cue in pair) for pair in shown] == answers]
        assert len(fits) == 1  # the target


def test_episodes_differ_in_their_cues():
    _, (x, _) = drawn(200)
    assert len({tuple(step) for step in x[:, 0].tolist()}) > 100


def test_more_cues_than_bits_keep_apart_are_refused():
    with pytest.raises(InputError, match="cues of target_discovery is 5; give at most 4, so many as 2 bits keep apart"):
        task("target_discovery", {"cues": 5, "bits": 2})


def test_two_cues_of_which_both_are_always_shown_are_refused():
    with pytest.raises(InputError, match="cues of target_discovery is 2; give a whole number of at least 3"):
        task("target_discovery", {"cues": 2})
