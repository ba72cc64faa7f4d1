"""What all tables of delivery belong to, and those that other services have as well."""

import sqlalchemy as sa

from tidegate.runtime.db import NAMING
from tidegate.runtime.feed import cursor_table, feed_tables
from tidegate.runtime.sealed import resealing_table

METADATA = sa.MetaData(naming_convention=NAMING)
FEED = feed_tables(METADATA)
CURSORS = cursor_table(METADATA)
RESEALING = resealing_table(METADATA)
