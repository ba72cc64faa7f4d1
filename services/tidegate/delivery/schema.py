"""What all tables of delivery belong to, and the two that every service has."""

import sqlalchemy as sa

from tidegate.runtime.db import NAMING
from tidegate.runtime.feed import cursor_table, feed_tables

METADATA = sa.MetaData(naming_convention=NAMING)
FEED = feed_tables(METADATA)
CURSORS = cursor_table(METADATA)
