"""Live channels: messages over a WebSocket, and following one thing through them until it is done."""
