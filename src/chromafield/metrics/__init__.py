"""What one colouring, or a shot of them, is worth against the truth: a number a measure."""
