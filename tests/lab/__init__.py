"""Experiments for tests of the engine lie in questions/, each a file of its own."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTIONS = Path(__file__).with_name("questions")
CHEAP, SLOW, TROUBLED = (str(QUESTIONS / f"{name}.py") for name in ("cheap", "slow", "troubled"))
