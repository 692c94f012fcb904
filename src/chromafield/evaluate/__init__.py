"""Tables of methods over datasets and films; the all-grey row stands in every one."""
