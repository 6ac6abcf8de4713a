"""What a log bundle holds, and what is told from it: values, tables, the report."""
