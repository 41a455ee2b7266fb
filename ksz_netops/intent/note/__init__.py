"""The facts of KSZ's source note with their citations, and the advice that follows from them."""
