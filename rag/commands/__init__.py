"""What the command line does behind `rag.cli`."""
