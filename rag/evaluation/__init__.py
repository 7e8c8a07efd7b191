"""Question sets and how well they are answered."""
