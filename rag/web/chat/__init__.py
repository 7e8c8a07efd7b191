"""The chat page: Gradio's queue under pages of our own."""
