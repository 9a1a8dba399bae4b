"""The laboratory: how experiments are found, run, kept and summarised."""
