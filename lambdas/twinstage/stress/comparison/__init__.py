"""Two loads beside each other: the difference of a quantile, with an interval, and one that may be watched at any time."""
