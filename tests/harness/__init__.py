"""A real running reference stack for tests, one for each pytest worker."""
