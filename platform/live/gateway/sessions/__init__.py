"""The sessions of a gateway: processes of their own, found again, kept running and asked. docs/gateway.md."""
