"""The tables of journey and every statement on them. Functions take the connection; operations own transactions."""
