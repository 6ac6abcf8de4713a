"""What decides: pure functions over plain data; imports no adapter."""
