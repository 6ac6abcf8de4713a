"""The known failures, as data beside this file, and the one pass that finds them."""
