"""What only a notebook needs: running one headless, exporting it, and what its cells display."""
