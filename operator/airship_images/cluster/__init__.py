"""Everything that speaks to Kubernetes: what it holds is gathered into a State, what a Plan asks for is applied."""
