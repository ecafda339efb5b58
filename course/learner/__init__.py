"""What is the learner's own: files read afresh, results of checks, the board, an interruption told in a line."""
