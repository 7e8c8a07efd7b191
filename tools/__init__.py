"""Programs for those who work on Fonte; nothing of it is installed."""
