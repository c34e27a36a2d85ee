"""What a node is, one file for each area: the variables of Airship's image builder, typed, bounded and described."""
