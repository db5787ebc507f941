"""What `lockstep doctor` looks at: the installation, the home of the gateway, and who answers on its port."""
