"""What is kept: documents, passages and full text in SQL, vectors in Chroma, and who owns the folder."""
