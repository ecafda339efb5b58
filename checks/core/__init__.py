"""How any check runs: the learner's code on one side, the verdict on the other. Knows no exercise."""
