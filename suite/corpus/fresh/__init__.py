"""Answers by people who knew the lessons and none of the tables."""
