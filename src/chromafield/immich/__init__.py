"""Black-and-white photographs of an Immich server, each stacked with its result in colour."""
