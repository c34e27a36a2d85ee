"""What users write, and what the operator and the builder say to each other."""
