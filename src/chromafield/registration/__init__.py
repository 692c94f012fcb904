"""Where the places of one picture lie in another of the same thing: flow, corners, trust."""
