"""Picture files and pixel grids."""
