"""The assistant on other people's pages: who may carry it, its panel, and what visitors are told."""
