"""The reference stack brought up, broken and healed; engine and images included."""
