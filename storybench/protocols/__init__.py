"""Named, versioned evaluation protocols: what is scored, through which pixels."""
