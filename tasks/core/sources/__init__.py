"""What the stack's own files say: pins, revisions, env files, the API address."""
