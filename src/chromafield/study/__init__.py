"""Studies by people: two colourings of one picture at a time, blind, and what the votes say."""
