"""A learner's own files and results: read afresh, fingerprinted, kept, shown on the board."""
