"""identity's tables and every SQL statement on them. Each function takes the connection of a transaction."""
