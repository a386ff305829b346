"""People with a role: who may do what."""
