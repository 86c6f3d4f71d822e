"""The ML Metadata store, content fingerprints and the cache key."""
