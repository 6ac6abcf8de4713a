"""What the door to the engine and the one to Compose share: endpoints, wire, events."""
