"""Orders from files: reading csv, xls and xlsx, mapping columns, checking every row, creating orders in batches."""
