"""What platforms themselves allow: credits that customers granted, and interaction windows that they opened.

`rules` and `standing` decide, without I/O; `reading` fills them for a batch under locks, `taking` takes and gives back,
`recording` keeps what customers do, `telling` answers how much is left, `store` holds the statements.

Everything is kept by the account and the address's key, so that merges and splits move nothing.
"""
