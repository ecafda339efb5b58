"""The commands that draw the pictures of lessons and README, and measure the numbers beside them."""
