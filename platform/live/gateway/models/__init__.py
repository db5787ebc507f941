"""What goes over the border: requests that are checked, answers as they are documented."""
