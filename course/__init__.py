"""What `utils.py` offers to the lessons, one idea a file."""
