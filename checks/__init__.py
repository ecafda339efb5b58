"""How a check works: evidence from the learner's code, judged by code that never runs it."""
