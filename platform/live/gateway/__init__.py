"""The gateway: REST, streams and the dashboard in front of running sessions. docs/gateway.md."""
