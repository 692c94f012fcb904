"""What only a reader of the two papers needs: their figures, tables and comparisons.

Nothing of the product imports it.
"""
