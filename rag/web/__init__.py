"""What HTTP needs besides the routes: who gets in, the bounded pool, streams, the reading room."""
