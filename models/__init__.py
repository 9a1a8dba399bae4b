"""Networks built from rules, one file each."""
