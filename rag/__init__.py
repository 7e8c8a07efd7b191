"""Fonte: answers over mission documents, every sentence traceable to an exact quote."""

__version__ = "0.1.0"
