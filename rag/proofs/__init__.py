"""Proofs: the lasting records of answers and checks, where they are kept, how they are exported and checked again."""
