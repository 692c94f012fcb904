"""Several colourings of one picture, by the second paper's networks."""
