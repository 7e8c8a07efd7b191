"""The embedding model: where it comes from, how it is rebuilt, and texts as vectors."""
