"""Claims against documents: told apart, compared, weighed, and put into words."""
