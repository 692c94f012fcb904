"""A network that listens: colours given to a few cells change those that go with them."""
