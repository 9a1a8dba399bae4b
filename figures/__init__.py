"""Composite figures, one a file, drawn from saved results and never while measuring."""
