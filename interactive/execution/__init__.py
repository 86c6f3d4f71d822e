"""The way of a run: resolve, look up, execute into staging, publish; and capture of user code."""
