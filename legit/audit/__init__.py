"""Questions about the knowledge base itself: is it well formed, do its examples and precedents come out."""
