"""Answers to the exercises of lesson 1: the model, and its trainer."""
