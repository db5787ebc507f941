"""Who may ask what of the gateway: names, pages, limits, tokens and their scopes. docs/security.md."""
