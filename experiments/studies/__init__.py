"""Questions that trained networks answer, one a file; see plastic/slow/study.py."""
