"""From raw releases to shards: one folder per dataset, standing on a shared kit."""
