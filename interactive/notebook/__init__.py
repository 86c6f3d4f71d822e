"""What only a notebook needs: where it lies, how results show, how it runs headless."""
