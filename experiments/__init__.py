"""Experiments, one question a file; a file put in this folder is found."""
