"""What every test shares: quiet libraries and Hypothesis profiles."""

import os

from hypothesis import HealthCheck, settings

# Before anything imports them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

# The first example of a test may import TensorFlow, so a deadline would measure the wrong thing.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
