"""What an audit found, in the formats of other programs."""
