"""The parallel form of rank-one affine rules: a sequence in chunks, matmuls inside, a short loop between.

Over one chunk that starts from W, with G the cumulative log decay, every rule here reads

    W_t = e^{G_t} W + sum_{s <= t} e^{G_t - G_s} x_s y_s'

where the decay sits on the rows or on the columns. For a Hebbian rule x and y are the signals. A delta
rule must first find x (what it really writes), and its mirror image y, by forward substitution; that is
the WY form of a product of Householder-like steps. Inside, tensors are
[chunk, stream, time, dim]; a stream is one head of one sequence.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

SMALLEST = 16  # below this many steps the decays between all pairs of steps are held at once
CACHED = 2**16  # numbers of one signal that a processor's cache holds beside all that is made of them
MANY = 4  # streams (batch * heads), beyond which shorter chunks are faster on a processor


def chunk_size(like: Tensor) -> int:
    """How many steps to solve at once: what was fastest where it was measured (`make bench`)."""
    return 32 if like.device.type == "cpu" and like.shape[0] * like.shape[1] > MANY else 64


class Writes(NamedTuple):
    """What a rule does to one variable, for every step: the few numbers that determine everything."""

    write: Tensor  # [B, H, T, post]: dt times what one unit of pre writes
    erase: Tensor | None  # [B, H, T, 1]: dt times the share of pred that is erased, None if none
    unwrite: Tensor | None  # [B, H, T, post]: dt times the share of back that is unwritten, None if none
    fade: Tensor | None  # [B or 1, H or 1, T, 1 or post or pre]: log decay of a step, float64; None if none

    def over(self, part: slice) -> Writes:
        """The same for some of the steps."""
        return Writes(self.write[:, :, part], *(cut(a, part) for a in self[1:]))


def stretch(like: Tensor, size: int) -> int:
    """How many steps to hold at once: all on a GPU, on a processor what stays in its cache (whole chunks)."""
    if like.device.type != "cpu":
        return like.shape[2]
    return max(1, CACHED // (like.shape[0] * like.shape[1] * like.shape[3] * size)) * size


def solve(
    writes: Writes, signals: dict[str, Tensor], query: Tensor | None, start: Tensor, axis: str, size: int
) -> tuple[Tensor | None, Tensor]:
    """Outputs [B, H, T, post] (None without a query) and the final matrix [B, H, post, pre].

    axis says whether the fade belongs to the rows ("post") or to the columns ("pre", "head").
    """
    steps = writes.write.shape[2]
    held = stretch(signals["pre"], size)
    if held >= steps:
        return solve_in_chunks(writes, signals, query, start, axis, size)
    outputs, w = [], start
    for first in range(0, steps, held):
        part = slice(first, first + held)
        shown = {name: a[:, :, part] for name, a in signals.items()}
        out, w = solve_in_chunks(writes.over(part), shown, cut(query, part), w, axis, size)
        outputs += [] if out is None else [out]
    return (torch.cat(outputs, 2) if outputs else None), w


def cut(a: Tensor | None, part: slice) -> Tensor | None:
    """Some steps of [B, H, T, D]."""
    return None if a is None else a[:, :, part]


def solve_in_chunks(
    writes: Writes, signals: dict[str, Tensor], query: Tensor | None, start: Tensor, axis: str, size: int
) -> tuple[Tensor | None, Tensor]:
    """As `solve`, all steps held at once."""
    steps, streams = writes.write.shape[2], start.shape[:2]
    size, start = min(size, steps), start.flatten(0, 1)
    x, y, q, erase = (in_chunks(a, size) for a in (writes.write, signals["pre"], query, writes.erase))
    fade = in_chunks(writes.fade, size)
    total = None if fade is None else fade.cumsum(-2)
    if writes.unwrite is not None:
        out, end = unwriting(x, y, in_chunks(signals["post"], size), q, start)
    elif erase is not None:
        out, end = erasing(x, y, erase, q, start, total)
    elif axis == "post":
        out, end = fading_rows(x, y, q, start, total)
    else:
        out, end = fading_columns(x, y, q, start, total)
    read_out = None if out is None else out.movedim(0, 1).flatten(1, 2)[:, :steps].unflatten(0, streams)
    return read_out, end.unflatten(0, streams)


def in_chunks(a: Tensor | None, size: int) -> Tensor | None:
    """[B, H, T, D] -> [T / size, B H, size, D], zeros at the end; each chunk lies together in memory."""
    if a is None:
        return None
    whole = pad(a, (0, 0, 0, -a.shape[-2] % size)) if a.shape[-2] % size else a
    return whole.flatten(0, 1).unflatten(1, (-1, size)).movedim(1, 0).contiguous()


def fading_columns(x, y, q, start, total):
    """Hebbian writes; inputs (or the whole head) forget, or nothing does."""
    before, end = carry(start, kept(total), x.mT @ faded(y, until_end(total)))
    if q is None:
        return None, end
    return faded(q, total) @ before.mT + decayed_gram(q, y, total) @ x, end


def fading_rows(x, y, q, start, total):
    """Hebbian writes; each postsynaptic neuron forgets at its own rate."""
    before, end = carry(start, kept(total).mT, faded(x, until_end(total)).mT @ y)
    if q is None:
        return None, end
    return faded(q @ before.mT, total) + decayed_sum((q @ y.mT).tril(), x, total), end


def carry(start, keep, written):
    """The matrix at the start of every chunk, [chunks, streams, post, pre], and at the end."""
    before, w = [], start
    for left, new in zip(each_chunk(keep, len(written)), written, strict=True):
        before.append(w)
        w = new + (w if left is None else left.to(w.dtype) * w)
    return torch.stack(before), w


def erasing(x, y, erase, q, start, total):
    """Delta-rule writes: U = x - erase * (what the weights predict), found by forward substitution."""
    overlap = erase * (y @ y.mT if total is None else decayed_gram(y, y, total))
    alone, predicted = substitute(overlap, x), substitute(overlap, erase * faded(y, total))
    recalled, errors, w = [], [], start
    keep, until = each_chunk(kept(total), len(x)), faded(y, until_end(total))
    asked = [None] * len(x) if q is None else faded(q, total)
    for left, own, seen, out, ask in zip(keep, alone, predicted, until, asked, strict=True):
        error = torch.baddbmm(own, seen, w.mT, alpha=-1)
        errors.append(error)
        if ask is not None:
            recalled.append(ask @ w.mT)  # here, so that autograd keeps one matrix a chunk
        w = torch.baddbmm(w if left is None else left.to(w.dtype) * w, error.mT, out)
    if q is None:
        return None, w
    return torch.stack(recalled) + decayed_gram(q, y, total) @ torch.stack(errors), w


def unwriting(x, y, post, q, start):
    """The mirror image: Y = y - (what the weights predict of it), found by forward substitution."""
    overlap = post @ x.mT
    alone, predicted = substitute(overlap, y), substitute(overlap, post)
    before, novelties, w = [], [], start
    for own, seen, row in zip(alone, predicted, x, strict=True):
        novelty = torch.baddbmm(own, seen, w, alpha=-1)
        before.append(w)
        novelties.append(novelty)
        w = torch.baddbmm(w, row.mT, novelty)
    if q is None:
        return None, w
    return q @ torch.stack(before).mT + (q @ torch.stack(novelties).mT).tril() @ x, w


def substitute(overlap, side):
    """(I + what of overlap lies below its diagonal)^-1 side, by forward substitution: no inverse is formed."""
    return torch.linalg.solve_triangular(overlap, side, upper=False, unitriangular=True)


def each_chunk(keep, chunks):
    """What each chunk keeps of the matrix it starts from; None where nothing is lost."""
    return [None] * chunks if keep is None else keep


def faded(a, exponent):
    """a e^exponent, the exponent given in double precision; a where there is none."""
    return a if exponent is None else a * exponent.to(a.dtype).exp()


def until_end(total):
    """Log decay from each step to the end of its chunk."""
    return None if total is None else total[..., -1:, :] - total


def kept(total):
    """What a whole chunk leaves, [..., 1, D]."""
    return None if total is None else total[..., -1:, :].exp()


def between(total):
    """[..., t, s, D]: the log decay from step s to step t >= s; minus infinity for later s."""
    steps = total.shape[-2]
    later = torch.ones(steps, steps, dtype=torch.bool, device=total.device).triu(1)
    return (total[..., :, None, :] - total[..., None, :, :]).masked_fill(later[..., None], -torch.inf)


def decayed_gram(q, y, total):
    """[..., t, s <= t] = sum over d of q_td y_sd e^{total_td - total_sd}; no factor above 1 is ever formed."""
    steps = q.shape[-2]
    if total is None:
        return (q @ y.mT).tril()
    if total.shape[-1] == 1:
        return faded(q @ y.mT, between(total)[..., 0])
    if steps <= SMALLEST:
        return torch.einsum("...td,...sd,...tsd->...ts", q, y, between(total).to(q.dtype).exp())
    half = steps // 2
    first, second = total[..., :half, :], total[..., half:, :]
    middle = first[..., -1:, :]
    top = decayed_gram(q[..., :half, :], y[..., :half, :], first)
    low = decayed_gram(q[..., half:, :], y[..., half:, :], second)
    across = faded(q[..., half:, :], second - middle) @ faded(y[..., :half, :], middle - first).mT
    return torch.cat([pad(top, (0, steps - half)), torch.cat([across, low], -1)], -2)


def decayed_sum(scores, x, total):
    """[..., t, post] = sum over s <= t of scores_ts x_s e^{total_t - total_s}, per postsynaptic neuron."""
    steps = x.shape[-2]
    if total.shape[-1] == 1:
        return faded(scores, between(total)[..., 0]) @ x
    if steps <= SMALLEST:
        return torch.einsum("...ts,...sd,...tsd->...td", scores, x, between(total).to(x.dtype).exp())
    half = steps // 2
    first, second = total[..., :half, :], total[..., half:, :]
    middle = first[..., -1:, :]
    top = decayed_sum(scores[..., :half, :half], x[..., :half, :], first)
    low = decayed_sum(scores[..., half:, half:], x[..., half:, :], second)
    across = faded(scores[..., half:, :half] @ faded(x[..., :half, :], middle - first), second - middle)
    return torch.cat([top, across + low], -2)
