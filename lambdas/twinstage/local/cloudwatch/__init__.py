"""CloudWatch of the embedded AWS: the metrics that Lambda sends of what was really invoked, and GetMetricData over them. moto would have to be told each value."""
