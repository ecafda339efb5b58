"""Answers to the exercises of lesson 2: the model, and its trainer."""
