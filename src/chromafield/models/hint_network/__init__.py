"""The hint network: colours given to a few cells change the cells that are similar to them."""
