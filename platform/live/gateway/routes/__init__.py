"""What is asked of the gateway by HTTP, a file a resource."""
