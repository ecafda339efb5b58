"""A second hundred, by others, when the tables had grown by what the first had shown."""
