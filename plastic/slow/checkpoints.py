"""Checkpoints: a zip of plain arrays and one JSON text, written whole or not at all; nothing in one can run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor

from plastic.lab import store
from plastic.rule import InputError

ABOUT = "about"  # the array that holds the JSON text
TROUBLES = (OSError, EOFError, ValueError, KeyError, BadZipFile)  # what reading a damaged file may raise


def save(path: Path, of: Mapping[str, Any], held: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Write a checkpoint in one go. of: all that decides what it holds; held: what is no tensor, such as a history."""
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
    about = np.frombuffer(store.compact({"of": of, "held": held}).encode(), np.uint8)
    file = BytesIO()
    np.savez(file, allow_pickle=False, **{ABOUT: about}, **arrays)
    store.write(path, file.getvalue())


def load(path: Path, of: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """What was held, and the tensors. Errors: InputError for a file that is damaged, or a checkpoint of another run."""
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop(ABOUT).tobytes())
        was, held = about["of"], about["held"]
    except TROUBLES as error:
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise InputError(f"checkpoint {path} cannot be read ({reason}); remove it, or give another --folder") from None
    check_same(path, flat(was), flat(json.loads(store.compact(of))))
    return held, {name: torch.from_numpy(array) for name, array in arrays.items()}


def check_same(path: Path, was: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse a checkpoint of something else, with the first that differs."""
    for name in {**wanted, **was}:
        if was.get(name) != wanted.get(name):
            raise InputError(
                f"checkpoint {path} is of {name} {was.get(name)!r}, not {wanted.get(name)!r}; give another --folder"
            )


def flat(of: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings inside as entries of their own: {"plan": {"steps": 5}} as {"plan steps": 5}."""
    found: dict[str, Any] = {}
    for name, value in of.items():
        inner = {f"{name} {key}": v for key, v in value.items()} if isinstance(value, dict) else {name: value}
        found |= inner
    return found
