"""OpenAI's routes, for chat clients that exist already."""
