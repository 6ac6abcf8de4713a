"""Invoke, where it does not do what people type expect: arguments, speed, words."""
