"""What a hub holds and does, judged against what was intended: findings, never exceptions."""
