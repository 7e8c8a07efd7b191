"""What words say, in Italian and English: stems, numbers, dates, names, negation, and what a question asks for."""
