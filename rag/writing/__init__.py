"""From judged evidence to an answer: in quotes, or by a model whose every sentence is checked."""
