"""Templates: alerts that were thought through beforehand, with named fields that an officer fills in steps."""
