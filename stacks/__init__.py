"""What is deployed: each stack composes constructs and wires their grants, nothing else."""
