"""Readers of HTML, PDF and DOCX: bytes → Markdown, so that one parser serves all formats."""
