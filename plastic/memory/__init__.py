"""How much a memory holds and for how long: theory, and the statistics of measuring it."""
