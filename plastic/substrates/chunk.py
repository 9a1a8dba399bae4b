"""The parallel form of rank-one affine rules: a sequence in chunks, matmuls inside, a short loop between.

Over one chunk that starts from W, with G the cumulative log decay, every rule here reads

    W_t = e^{G_t} W + sum_{s <= t} e^{G_t - G_s} x_s y_s'

where the decay sits on the rows or on the columns. For a Hebbian rule x and y are the signals. A delta
rule must first find x (what it really writes), and its mirror image y, by forward substitution; that is
the WY form of a product of Householder-like steps. Inside, tensors are [batch, head, chunk, time, dim].
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

SMALLEST = 16  # below this many steps the decays between all pairs of steps are held at once


class Writes(NamedTuple):
    """What a rule does to one variable, for every step: the few numbers that determine everything."""

    write: Tensor  # [B, H, T, post]: dt times what one unit of pre writes
    erase: Tensor | None  # [B, H, T, 1]: dt times the share of pred that is erased, None if none
    unwrite: Tensor | None  # [B, H, T, post]: dt times the share of back that is unwritten, None if none
    fade: Tensor  # [1 or B, 1 or H, T, 1, post or pre]: log decay of each step, in double precision


def solve_in_chunks(
    writes: Writes, signals: dict[str, Tensor], query: Tensor | None, start: Tensor, axis: str, size: int
) -> tuple[Tensor | None, Tensor]:
    """Outputs [B, H, T, post] (None without a query) and the final matrix [B, H, post, pre].

    axis says whether the fade belongs to the rows ("post") or to the columns ("pre", "head").
    """
    steps = writes.write.shape[-2]
    size = min(size, steps)
    cut = lambda a: None if a is None else in_chunks(a, size)  # noqa: E731
    x, y, q, erase = map(cut, (writes.write, signals["pre"], query, writes.erase))
    total = in_chunks(writes.fade, size).cumsum(-2)
    if writes.unwrite is not None:
        out, end = unwriting(x, y, cut(signals["post"]), q, start)
    elif axis == "post":
        out, end = fading_rows(x, y, q, start, total)
    elif erase is not None:
        out, end = erasing(x, y, erase, q, start, total)
    else:
        out, end = fading_columns(x, y, q, start, total)
    return (None if out is None else out.flatten(2, 3)[:, :, :steps]), end


def in_chunks(a: Tensor, size: int) -> Tensor:
    """[B, H, T, D] -> [B, H, T / size, size, D], zeros at the end."""
    return pad(a, (0, 0, 0, -a.shape[-2] % size)).unflatten(2, (-1, size))


def fading_columns(x, y, q, start, total):
    """Hebbian writes; inputs (or the whole head) forget."""
    keep, left = exponential(total[..., -1:, :], x), exponential(total[..., -1:, :] - total, x)
    before, end = carry(start, keep, x.mT @ (y * left))
    if q is None:
        return None, end
    return (q * exponential(total, x)) @ before.mT + decayed_gram(q, y, total) @ x, end


def fading_rows(x, y, q, start, total):
    """Hebbian writes; each postsynaptic neuron forgets at its own rate."""
    keep, left = exponential(total[..., -1:, :], x).mT, exponential(total[..., -1:, :] - total, x)
    before, end = carry(start, keep, (x * left).mT @ y)
    if q is None:
        return None, end
    scores = (q @ y.mT).tril()
    return exponential(total, x) * (q @ before.mT) + decayed_sum(scores, x, total), end


def carry(start, keep, written):
    """The matrix at the start of every chunk, [B, H, chunks, post, pre], and at the end."""
    before, w = [], start
    for kept, new in zip(each_chunk(keep, written), written.unbind(2), strict=True):
        before.append(w)
        w = kept * w + new
    return torch.stack(before, 2), w


def erasing(x, y, erase, q, start, total):
    """Delta-rule writes: U = x - erase * (what the weights predict), found by forward substitution."""
    fade, keep = exponential(total, x), exponential(total[..., -1:, :], x)
    overlap = decayed_gram(erase * y, y, total).tril(-1)
    alone, predicted = substitute(overlap, x, erase * y * fade)
    left = y * exponential(total[..., -1:, :] - total, x)
    before, errors, w = [], [], start
    for kept, own, seen, out in zip(each_chunk(keep, x), *(a.unbind(2) for a in (alone, predicted, left)), strict=True):
        error = own - seen @ w.mT
        before.append(w)
        errors.append(error)
        w = kept * w + error.mT @ out
    if q is None:
        return None, w
    return (q * fade) @ torch.stack(before, 2).mT + decayed_gram(q, y, total) @ torch.stack(errors, 2), w


def unwriting(x, y, post, q, start):
    """The mirror image: Y = y - (what the weights predict of it), found by forward substitution."""
    alone, predicted = substitute((post @ x.mT).tril(-1), y, post)
    before, novelties, w = [], [], start
    for own, seen, row in zip(*(a.unbind(2) for a in (alone, predicted, x)), strict=True):
        novelty = own - seen @ w
        before.append(w)
        novelties.append(novelty)
        w = w + row.mT @ novelty
    if q is None:
        return None, w
    return q @ torch.stack(before, 2).mT + (q @ torch.stack(novelties, 2).mT).tril() @ x, w


def substitute(overlap, *sides):
    """(I + overlap)^-1 applied to every side, by forward substitution (no inverse is formed)."""
    joined = torch.cat(torch.broadcast_tensors(*sides) if len(sides) == 1 else sides, -1)
    unit = overlap + torch.eye(overlap.shape[-1], dtype=overlap.dtype, device=overlap.device)
    solved = torch.linalg.solve_triangular(unit, joined, upper=False, unitriangular=True)
    return solved.split([side.shape[-1] for side in sides], -1)


def each_chunk(a, like):
    """The slices of a along the chunks, repeated where a is the same for all of them."""
    return a.expand(*a.shape[:2], like.shape[2], *a.shape[3:]).unbind(2)


def exponential(exponent, like):
    """e^exponent, from double precision to the signals' own."""
    return exponent.exp().to(like.dtype)


def between(total):
    """[..., t, s, D]: the log decay from step s to step t >= s; minus infinity for later s."""
    steps = total.shape[-2]
    later = torch.ones(steps, steps, dtype=torch.bool, device=total.device).triu(1)
    return (total[..., :, None, :] - total[..., None, :, :]).masked_fill(later[..., None], -torch.inf)


def decayed_gram(q, y, total):
    """[..., t, s <= t] = sum over d of q_td y_sd e^{total_td - total_sd}; no factor above 1 is ever formed."""
    steps = q.shape[-2]
    if total.shape[-1] == 1:
        return (q @ y.mT) * exponential(between(total)[..., 0], q)
    if steps <= SMALLEST:
        return torch.einsum("...td,...sd,...tsd->...ts", q, y, exponential(between(total), q))
    half = steps // 2
    first, second = total[..., :half, :], total[..., half:, :]
    middle = first[..., -1:, :]
    since, until = exponential(second - middle, q), exponential(middle - first, q)
    top = decayed_gram(q[..., :half, :], y[..., :half, :], first)
    low = decayed_gram(q[..., half:, :], y[..., half:, :], second)
    across = (q[..., half:, :] * since) @ (y[..., :half, :] * until).mT
    return torch.cat([pad(top, (0, steps - half)), torch.cat([across, low], -1)], -2)


def decayed_sum(scores, x, total):
    """[..., t, post] = sum over s <= t of scores_ts x_s e^{total_t - total_s}, per postsynaptic neuron."""
    steps = x.shape[-2]
    if steps <= SMALLEST:
        return torch.einsum("...ts,...sd,...tsd->...td", scores, x, exponential(between(total), x))
    half = steps // 2
    first, second = total[..., :half, :], total[..., half:, :]
    middle = first[..., -1:, :]
    since, until = exponential(second - middle, x), exponential(middle - first, x)
    top = decayed_sum(scores[..., :half, :half], x[..., :half, :], first)
    low = decayed_sum(scores[..., half:, half:], x[..., half:, :], second)
    across = since * (scores[..., half:, :half] @ (x[..., :half, :] * until))
    return torch.cat([top, across + low], -2)
