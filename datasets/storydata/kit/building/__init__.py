"""How a build runs: plan, recipe, shards and receipts, engines, assembly, card, survey."""
