"""What watches the service once people rely on it."""
