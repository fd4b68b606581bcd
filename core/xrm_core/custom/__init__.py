"""Fields that an admin adds to a resource at run time: their definitions, their values, their indexes."""
