"""Getting data in and telling duplicates apart: readers, names, folding, stages of imported histories."""
