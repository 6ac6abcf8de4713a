"""What a machine lacks: an engine, base images, packages; decided, not done."""
