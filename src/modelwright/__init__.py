"""From research to production on day one, and kept there."""
