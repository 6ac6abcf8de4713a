"""What touches the world: one module is the one door to each thing."""
