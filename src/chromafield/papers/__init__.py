"""What only a reader of the two papers asks for: their figures, tables and comparisons.

Nothing of the product imports it.
"""
